"""The Lake project: files that compile and hold exactly the exported theorems."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from handmade import Export

from stp.export import lean as project
from stp.lean import build, toolchain
from stp.lean.pool import LeanPool
from stp.records import FileCheck

pytestmark = pytest.mark.lean


def modules(out: Path) -> list[Path]:
    return sorted((out / project.ROOT).rglob("*.lean"))


def test_each_file_compiles_as_it_is_and_together_they_hold_the_exported_theorems(
    campaign: Path, export: Export, pool: LeanPool
) -> None:
    result = export(campaign, format="lean")
    found: list[str] = []
    for _, verdict in pool.files(FileCheck(str(path), path.read_text()) for path in modules(result.out)):
        assert verdict.outcome == "proved", verdict.messages
        found += verdict.theorems
    export(campaign)
    import json

    ids = [json.loads(line)["id"] for line in (campaign / "proofs.jsonl").read_text().splitlines()]
    # `theorem t.{u} (u : Nat)` stands in `stp verify`, but is no theorem of a file: its universe is not used
    (refused,) = result.project.refused
    assert sorted(found) == sorted(f"{project.ROOT}.p{i}.t" for i in ids if i != refused)
    assert result.rows("proofs") == len(found) == sum(result.project.modules.values())
    card = (result.out / "README.md").read_text()
    assert refused in card and "universe" in card


def test_the_project_is_one_that_lake_can_build(campaign: Path, export: Export) -> None:
    out = export(campaign, format="lean").out
    lakefile = tomllib.loads((out / "lakefile.toml").read_text())
    assert lakefile["defaultTargets"] == [project.ROOT]
    assert [library["name"] for library in lakefile["lean_lib"]] == ["Seed", project.ROOT]
    assert lakefile["leanOptions"]["autoImplicit"] is False
    assert (out / "lean-toolchain").read_text() == "leanprover/lean4:v4.28.0\n"
    roots = {line.removeprefix("import ") for line in (out / f"{project.ROOT}.lean").read_text().splitlines()}
    assert roots == {".".join(path.relative_to(out).with_suffix("").parts) for path in modules(out)}
    for path in modules(out):
        text = path.read_text()
        assert text.startswith("import Init\nimport Std\nimport Seed\n\nopen Seed\n")
        assert text.count("\ntheorem t") == text.count("/-- ")
    for path in build.seed_files():
        assert (out / "Seed" / path.name).read_text() == path.read_text()


def test_seed_and_proofs_build_from_the_project_alone(
    campaign: Path, export: Export, lean: toolchain.Toolchain
) -> None:
    """As lake would, module after module, with nothing of stp's own compiled library at hand."""
    out = export(campaign, format="lean", sources=("seed",)).out
    # one file of the seed library is needed by these proofs; the others are built in the same way
    for path in out.glob("Seed/*.lean"):
        if path.stem != "Logic":
            path.unlink()
    (out / "Seed.lean").write_text("import Seed.Logic\n")
    order = [
        "Seed.Logic",
        "Seed",
        *(".".join(p.relative_to(out).with_suffix("").parts) for p in modules(out)),
    ]
    for module in order:
        path = out / f"{module.replace('.', '/')}.lean"
        process = lean.popen(
            ["-q", "-R", str(out), "-o", str(path.with_suffix(".olean")), str(path)],
            libraries=[out],
            write=out,
        )
        told, errors = process.communicate(timeout=300)
        assert b"error" not in told, (module, told.decode())
        assert path.with_suffix(".olean").exists(), (module, told.decode(), errors.decode()[-500:])


def test_long_modules_are_divided(
    campaign: Path, export: Export, monkeypatch: pytest.MonkeyPatch, pool: LeanPool
) -> None:
    monkeypatch.setattr(project, "THEOREMS_PER_FILE", 2)
    result = export(campaign, format="lean", sources=("conjecture",))
    assert max(result.project.modules.values()) == 2
    names = [name.removeprefix(f"{project.ROOT}.Conjectures.") for name in result.project.modules]
    assert {"Iteration1", "Iteration1_2", "Iteration2", "Iteration2_2"} <= set(names)


def test_names_of_modules_need_no_quotes_and_differ() -> None:
    used: set[str] = set()
    places = [project._place({"source": "their-set", "module": m}) for m in ("A.b-c", "A.b c", "1.x", "")]
    assert places == ["Their_set.A.b_c", "Their_set.A.b_c", "Their_set.M1.x", "Their_set.Other"]
    assert project._place({"source": "data", "module": "mini.F2F:test/a/b"}) == "Data.mini_F2F_test"
    names = [project._unused(place, used) for place in places]
    assert len({name.lower() for name in names}) == 4
    assert all(re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", name) for name in names)
