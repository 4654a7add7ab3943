"""The campaign's database."""

import json
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from stp.config import Config, load, parse
from stp.errors import CampaignError, ConfigError
from stp.records import Environment, Verdict
from stp.store import Store
from stp.store.schema import ADDED, BEFORE, SCHEMA
from stp.store.store import FILE, KIND

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
ENVIRONMENT = Environment("4.28.0", "abc", "1", ("Init",), "", "", 1000)


def test_rows_are_added_once(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path, Config()) as store:
        for text in ("rfl", "by simp"):
            with store.transaction():
                store.add("proofs", [{"id": "p", "statement": "s", "text": text}])
        assert [row["text"] for row in store.rows("select text from proofs")] == ["rfl"]


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path, Config()) as store:
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.add("proofs", [{"id": "p", "statement": "s", "text": "rfl"}])
            raise ZeroDivisionError
        assert store.value("select count(*) from proofs") == 0


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path, Config()):
        with pytest.raises(CampaignError, match="Another stp process"):
            Store.create_or_open(tmp_path, Config())
    Store.create_or_open(tmp_path, Config()).close()


def test_another_configuration_is_refused_with_the_difference(tmp_path: Path) -> None:
    Store.create_or_open(tmp_path, Config()).close()
    with pytest.raises(ConfigError, match=r"seed: 0 there, 7 here"):
        Store.create_or_open(tmp_path, parse({"seed": 7}))
    Store.create_or_open(tmp_path, parse({"iterations": 99})).close()


def test_another_environment_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    with Store.create_or_open(tmp_path, Config()) as store:
        store.set_environment(ENVIRONMENT)
        store.set_environment(ENVIRONMENT)
        with pytest.raises(CampaignError, match="lean_commit"):
            store.set_environment(replace(ENVIRONMENT, lean_commit="def"))


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(CampaignError, match=r"thesis\.tex"):
        Store.create_or_open(tmp_path, Config())
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_reading_where_there_is_no_campaign(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="There is no campaign"):
        Store.read(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("not a database, whatever its name says " * 100)
    with pytest.raises(CampaignError, match="not the database of a campaign"):
        Store.read(tmp_path)


def test_a_verdict_replaces_one_that_said_nothing(tmp_path: Path) -> None:
    with Store.create_or_open(tmp_path, Config()) as store:
        store.set_environment(ENVIRONMENT)
        for verdict in (Verdict("infrastructure"), Verdict("proved")):
            with store.transaction():
                store.add_verdicts([("p", verdict)], 1)
        assert [row["outcome"] for row in store.rows("select outcome from verdicts")] == ["proved"]


def test_a_full_disk_gives_the_sentence() -> None:
    with (
        pytest.raises(CampaignError, match=r"The disk of .* is full; what was finished is kept"),
        KIND.writing(Path("c")),
    ):
        raise sqlite3.OperationalError("database or disk is full")


def test_committed_rows_survive_sigkill(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from stp.config import Config
        from stp.store import Store
        store = Store.create_or_open(Path(sys.argv[1]), Config())
        with store.transaction():
            store.add("proofs", [{"id": "kept", "statement": "s", "text": "rfl"}])
        with store.transaction():
            store.add("proofs", [{"id": "in hand", "statement": "s", "text": "rfl"}])
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    with Store.create_or_open(tmp_path, Config()) as store:
        assert [row["id"] for row in store.rows("select id from proofs")] == ["kept"]


#: Opens the campaign in the folder it is given; killed when its tables are made or brought up to date, and nothing else is.
KILLED_IN_CREATE = """
import os, signal, sys
from pathlib import Path
from stp.config import Config
from stp.store import Store, store
create = store.create
def killed(*args):
    create(*args)
    os.kill(os.getpid(), signal.SIGKILL)
store.create = killed
Store.create_or_open(Path(sys.argv[1]), Config())
"""


def killed_in_create(folder: Path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED_IN_CREATE, str(folder)], check=False)
    assert run.returncode == -signal.SIGKILL


def test_a_folder_killed_while_its_tables_are_made_is_made_again(tmp_path: Path) -> None:
    killed_in_create(tmp_path / "c")
    with Store.create_or_open(tmp_path / "c", Config()) as store:
        assert store.config() == json.loads(Config().as_json())


def test_a_folder_killed_while_it_is_brought_up_to_date_is_brought_up_again(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    with Store.create_or_open(folder, Config()) as store, store.transaction():
        store.add("attempts", [{"id": "a", "iteration": 1, "stage": "prove", "statement": "s", "copy": 0}])
        made_old(store, 1)
    killed_in_create(folder)
    with Store.read(folder) as store:
        assert store.meta("schema") == str(SCHEMA)
        assert store.value("select count(*) from attempts where truncated is null") == 1


def made_old(store: Store, schema: int) -> None:
    """Take from a new campaign what schemas behind `schema` have added, and from its configuration their keys."""
    for later in (s for s in ADDED if s > schema):
        for table, column, _ in ADDED[later]:
            store.db.conn.execute(f"alter table {table} drop column {column}")
    for table in ("allotments", "refutations", "shortenings"):
        store.db.conn.execute(f"drop table {table}")
    old = store.config()
    for section, key in (dotted.split(".") for dotted in BEFORE[3]):
        del old[section][key]
    for section in [name for name, keys in old.items() if keys == {}]:
        del old[section]
    store.db.conn.execute("update meta set value = ? where key = 'config'", (json.dumps(old),))
    store.db.conn.execute("update meta set value = ? where key = 'schema'", (str(schema),))


def test_a_folder_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    with Store.create_or_open(folder, Config()) as store, store.transaction():
        store.add("attempts", [{"id": "a", "iteration": 1, "stage": "prove", "statement": "s", "copy": 0}])
        made_old(store, 1)
    with Store.read(folder) as store:
        (row,) = store.rows("select * from attempts")
        assert row["id"] == "a" and row["truncated"] is None and row["logprob"] is None
        assert store.meta("schema") == str(SCHEMA)
        with store.transaction():
            store.db.conn.execute("update meta set value = '99' where key = 'schema'")
    with pytest.raises(CampaignError, match="another version of stp"):
        Store.read(folder)


#: What a configuration has to say to do what campaigns of before the third schema did.
AS_BEFORE = {
    "conjecture": {"seeds": "all", "screen_known": False},
    "select": {"inelegant": 0.0, "transport": "off"},
    "refresh": {"at": 0},
    "retrain": {"on": False},
}


def test_a_folder_of_the_second_schema_goes_on_only_with_what_it_did(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    with Store.create_or_open(folder, parse({"mode": "expert-iteration", **AS_BEFORE})) as store:
        with store.transaction():
            store.add("conjectures", [{"id": "c", "iteration": 1, "copy": 0, "rest": ": True"}])
            made_old(store, 2)
    # the mode's defaults of today are not those of then
    old = {"mode": "expert-iteration", "select": {"start": "previous"}}
    with pytest.raises(ConfigError) as refused:
        Store.create_or_open(folder, parse(old))
    for difference in (
        "conjecture.seeds: 'all' there, 'data' here",
        "conjecture.screen_known: False there, True here",
        "select.inelegant: 0.0 there, 0.2 here",
        "select.transport: 'off' there, 'greedy' here",
    ):
        assert difference in str(refused.value)
    assert "use its configuration or another folder" in str(refused.value)
    same = {"mode": "expert-iteration", **AS_BEFORE, "iterations": 9}
    same["select"] = {**AS_BEFORE["select"], "start": "previous"}
    with Store.create_or_open(folder, parse(same)) as store:
        (row,) = store.rows("select * from conjectures")
        assert row["rest"] == ": True" and row["selected"] is None and row["weight"] is None
        for table in ("allotments", "refutations", "shortenings"):
            assert store.value(f"select count(*) from {table}") == 0


def test_a_folder_of_the_sixth_schema_goes_on_as_it_was(tmp_path: Path) -> None:
    """It gets the key of the configuration that it lacks, with what was done before, and a column."""
    folder = tmp_path / "c"
    with Store.create_or_open(folder, Config()) as store, store.transaction():
        store.db.conn.execute("alter table conjectures drop column key")
        old = store.config()
        del old["select"]["count_weight"], old["prove"]["shorten_by_tactics"]
        store.db.conn.execute("update meta set value = ? where key = 'config'", (json.dumps(old),))
        store.db.conn.execute("update meta set value = '6' where key = 'schema'")
    with pytest.raises(ConfigError, match=r"select\.count_weight: 'samples' there, 'off' here"):
        Store.create_or_open(folder, parse({"select": {"count_weight": "off"}}))
    with Store.create_or_open(folder, Config()) as store:
        assert store.config() == Config().model_dump(mode="json")
        assert store.value("select count(key) from conjectures") == 0


@pytest.mark.parametrize("name", ["demo", "demo-from-scratch", "nano"])
def test_the_measured_recipes_go_on_in_folders_of_the_second_schema(tmp_path: Path, name: str) -> None:
    """They stay what they were measured as."""
    recipe = load(EXPERIMENTS / f"{name}.toml")
    with Store.create_or_open(tmp_path / "c", recipe) as store, store.transaction():
        made_old(store, 2)
    with Store.create_or_open(tmp_path / "c", recipe) as store:
        assert store.config() == recipe.model_dump(mode="json")
