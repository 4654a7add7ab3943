"""What others read: Parquet, and the Hugging Face data set with its card."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from handmade import Export

pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra hf")
yaml = pytest.importorskip("yaml")

from stp.export import parquet  # noqa: E402
from stp.export.options import TABLES  # noqa: E402
from stp.export.tables import FIELDS  # noqa: E402

pytestmark = pytest.mark.lean

_LOAD = """
import sys
from datasets import load_dataset
folder, *tables = sys.argv[1:]
first = load_dataset(folder)
print("default", sorted((split, rows.num_rows) for split, rows in first.items()), first["train"].column_names)
for table in tables:
    found = load_dataset(folder, table)
    print(table, sorted((split, rows.num_rows) for split, rows in found.items()), found["train"].column_names)
print(load_dataset(folder, "proofs", split="train")[0]["provenance"]["source"])
"""


def test_datasets_loads_every_table_offline(campaign: Path, export: Export, tmp_path: Path) -> None:
    result = export(campaign, format="hf", tables=TABLES, splits=("sft", "train", "held_out"))
    assert result.counts["proofs"]["held_out"] == 2
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
    run = subprocess.run(
        [sys.executable, "-c", _LOAD, str(result.out), *TABLES],
        capture_output=True,
        text=True,
        env={**os.environ, **offline},
        timeout=240,
    )
    assert run.returncode == 0, run.stderr
    told = run.stdout.splitlines()
    assert told[0] == f"default {sorted(result.counts['proofs'].items())} {list(FIELDS['proofs'])}"
    assert told[1:-1] == [
        f"{table} {sorted(result.counts[table].items())} {list(FIELDS[table])}" for table in TABLES
    ]
    assert told[-1] in ("seed", "library", "conjecture")


def test_the_card_names_what_is_there(campaign: Path, export: Export) -> None:
    out = export(campaign, format="hf", tables=TABLES, sources=("library",)).out
    text = (out / "README.md").read_text()
    front = yaml.safe_load(text.split("---")[1])
    assert front["license"] == "apache-2.0" and front["size_categories"] == ["n<1K"]
    assert front["task_categories"] == ["text-generation"] and "lean4" in front["tags"]
    # no conjecture is of the library: a table without rows has no configuration, for `datasets` would refuse it
    assert [config["config_name"] for config in front["configs"]] == [
        "proofs",
        "preferences",
        "failures",
        "undecided",
    ]
    assert [config.get("default") for config in front["configs"]] == [True, None, None, None]
    for config in front["configs"]:
        for files in config["data_files"]:
            assert list(out.glob(files["path"]))
    for told in (
        "--source library",
        "by hand",
        "checked again in the same environment: every one stands",
        "Lean | 4.28",
        "Init, Std, Seed",
        "`open Seed`",
        "their 2 verified proofs",
        "Apache-2.0",
        "0123456789abcdef",
    ):
        assert told in text
    assert "| seed |" not in text.split("## Licences")[1]


def test_a_data_set_of_another_licence_is_not_passed_off_as_apache(
    campaign: Path, export: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from stp.data.dataset import DataSet, Entry, save

    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    save(DataSet("theirs", (Entry("a", "theorem a : True"),), {"licence": "CC-BY-4.0", "home": "their page"}))
    connection = sqlite3.connect(campaign / "campaign.db")
    with connection:
        connection.execute(
            "update statements set source = 'data', module = 'theirs:train/a' where name = 'Nat.add_comm'"
        )
        connection.execute(
            "update statements set source = 'data', module = 'elsewhere:/b' where name = 'List.take_length'"
        )
    connection.close()
    text = (export(campaign, format="hf", recheck=False).out / "README.md").read_text()
    assert yaml.safe_load(text.split("---")[1])["license"] == "other"
    assert "| data: theirs | their page | CC-BY-4.0 |" in text
    assert "| data: elsewhere | a data set that is not installed here | unknown" in text
    assert "Nothing was checked again" in text


def test_plain_parquet_holds_every_row_and_nothing_of_the_machine(campaign: Path, export: Export) -> None:
    result = export(campaign, format="parquet", tables=TABLES)
    for table in TABLES:
        path = result.out / f"{table}.parquet"
        assert pq.read_table(path).num_rows == result.rows(table)
        assert pq.read_schema(path).names == list(FIELDS[table])
        assert pq.ParquetFile(path).metadata.metadata in (None, {})


def test_shards_hold_every_row_once_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "SHARD", 7)
    monkeypatch.setattr(parquet, "_GROUP", 5)
    rows = [
        {name: None for name in FIELDS["failures"]}
        | {"id": str(i), "split": "held_out" if i % 3 == 0 else "train"}
        for i in range(40)
    ]
    assert parquet.write_shards(tmp_path, "failures", iter(rows)) == {"train": 26, "held_out": 14}
    for split, count in (("train", 4), ("held_out", 2)):
        files = sorted(tmp_path.glob(f"{split}-*.parquet"))
        assert [pq.read_metadata(path).num_rows for path in files[:-1]] == [7] * (count - 1)
        ids = [i for path in files for i in pq.read_table(path).column("id").to_pylist()]
        assert ids == [row["id"] for row in rows if (row["split"] == "held_out") == (split == "held_out")]


def test_a_missing_extra_is_named_before_anything_is_done(campaign: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = sys.modules['pyarrow.parquet'] = None\n"
        f"from stp.cli import main; main(['export', {str(campaign)!r}, '--format', 'parquet'])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 1
    assert "pip install 'datasets" in run.stderr and "Traceback" not in run.stderr
    assert not (campaign / "export").exists()
