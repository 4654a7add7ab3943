"""The data set's card: README.md, with the front matter that Hugging Face reads. The same bytes for the same export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stp import __version__
from stp.data import dataset
from stp.export.chosen import LeftOut
from stp.export.lean import ROOT, foreign_imports
from stp.export.options import Options
from stp.export.recheck import Recheck, environment_row
from stp.records import digest
from stp.store import Store

#: Keys of the configuration that say how many processes work, and where: they decide no row.
_OF_THE_MACHINE = ("workers", "spares", "memory", "timeout", "project")
#: source of a statement → where its licence is from, the licence
_LICENCES = {
    "seed": ("the seed library of stp", "Apache-2.0"),
    "library": ("Lean's own library, Init and Std, or what the campaign imports", "Apache-2.0"),
    "conjecture": ("written by the campaign's models", "Apache-2.0"),
}
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_MEANING = {
    "proofs": "verified proofs, each with its statement and provenance; `id`, `statement`, `proof`, `header`, `forbid` are what `stp verify` reads",
    "conjectures": "statements that the models made up and the screen kept, with what they were made from and how often they were proved",
    "preferences": "pairs of a proved (`chosen`) and a rejected proof of one statement; `prompt + chosen` is the theorem as Lean reads it",
    "failures": "proofs that Lean refused, or gave up at its own limit (`timeout`, `heartbeats`), with the reason",
    "undecided": "proofs of which nothing is known, since the clock or the memory of the machine ran out; not failures",
}

_AS_LEAN = (
    f"each theorem under the name `t` in a namespace of its own, `{ROOT}.p` and the proof's id: a proof may call itself by "
    "that name; its docstring tells where it comes from"
)
_HELD_OUT = (
    "Rows of the split `held_out` belong to statements that were kept from all training in the campaign. "
    "**Do not train on them.**"
)
_NOT_HELD_OUT = (
    "Statements that the campaign holds out for evaluation are not in it, nor are their {proofs:,} verified proofs: "
    "this is data to train on. `stp export --split held_out` writes them apart."
)
_DISTINCT = "Proofs of one statement differ in more than white space; no two statements have the same type up to the names of variables."
_COLUMNS = (
    "Column `split` (in `proofs`: `provenance.split`) is the campaign's own: `sft` statements came with proofs by hand or by a "
    "fixed list of tactics, `train` statements were given to the prover. `tries` counts samples with a decisive verdict in the "
    "row's iteration, `tries_overall` in all of them; `length` is in characters, `seconds` is the time of the check in the campaign."
)


@dataclass(frozen=True)
class Facts:
    """What a card tells besides what the campaign knows. counts: table → split → rows; trivial: statements dropped. refused: proofs that
    are no theorems of a Lean file, and why."""

    options: Options
    counts: dict[str, dict[str, int]]
    recheck: Recheck
    left_out: LeftOut
    trivial: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)


def card(store: Store, facts: Facts) -> str:
    """README.md."""
    licences = list(_licences(store))
    sections = [
        _front_matter(store, facts, licences),
        f"# {_title(store)}\n\nProofs in Lean 4 that a self-play theorem prover (stp {__version__}) found, checked by Lean, "
        "with the statements that it proved or made up on the way.",
        "## Contents\n\n" + _contents(facts),
        "## Loading\n\n" + _loading(facts.options),
        "## Verification\n\n" + _verification(store, facts),
        "## Provenance\n\n" + _provenance(store, facts),
        "## Licences\n\n" + _licence_table(licences),
    ]
    return "\n\n".join(sections) + "\n"


def title_and_config(store: Store) -> dict[str, Any]:
    """What names the campaign in the manifest."""
    config = store.config()
    return {
        "campaign": config["name"],
        "mode": config["mode"],
        "seed": config["seed"],
        "config": config_digest(config),
    }


def config_digest(config: dict[str, Any]) -> str:
    """Digest of the configuration, less what only says how many processes work on it."""
    lean = {key: value for key, value in config["lean"].items() if key not in _OF_THE_MACHINE}
    return digest(json.dumps({**config, "lean": lean}, sort_keys=True))


def _title(store: Store) -> str:
    return f"Lean 4 proofs of the campaign {' '.join(store.config()['name'].split())}"


def _front_matter(store: Store, facts: Facts, licences: list[tuple[str, str, str]]) -> str:
    plain = {licence for _, _, licence in licences} <= {"Apache-2.0"}
    lines = ["---", "license: apache-2.0" if plain else "license: other"]
    if not plain:
        lines += ["license_name: see-licences", "license_link: README.md#licences"]
    rows = sum(n for by_split in facts.counts.values() for n in by_split.values())
    size = next((name for limit, name in _SIZES if rows < limit), "n>10M")
    lines += [
        f"pretty_name: {json.dumps(_title(store), ensure_ascii=False)}",
        *("task_categories:", "- text-generation"),
        *(
            "tags:",
            *(
                f"- {tag}"
                for tag in ("lean4", "theorem-proving", "formal-mathematics", "self-play", "synthetic")
            ),
        ),
        *("size_categories:", f"- {size}"),
    ]
    if facts.options.format == "hf":
        lines += _configs(facts.counts)
    return "\n".join([*lines, "---"])


def _configs(counts: dict[str, dict[str, int]]) -> Iterator[str]:
    """A configuration a table that has rows, the first one being the default."""
    first = True
    for table, by_split in counts.items():
        if not by_split:
            continue
        yield from ("configs:",) if first else ()
        yield f"- config_name: {table}"
        yield from ("  default: true",) if first else ()
        yield "  data_files:"
        for split in sorted(by_split, key=lambda name: name != "train"):
            yield from (f"  - split: {split}", f"    path: data/{table}/{split}-*.parquet")
        first = False


def _contents(facts: Facts) -> str:
    options = facts.options
    lines = ["| table | split | rows | what |", "|---|---|---:|---|"]
    for table, by_split in facts.counts.items():
        what = _AS_LEAN if options.format == "lean" else _MEANING[table]
        for split, rows in sorted(by_split.items(), key=lambda item: item[0] != "train") or [("", 0)]:
            lines.append(f"| {table} | {split} | {rows:,} | {what} |")
    held_out = bool(set(options.splits) & set(dataset.HELD_OUT))
    lines += ["", _HELD_OUT if held_out else _NOT_HELD_OUT.format(proofs=facts.left_out.held_out)]
    lines += ["", _DISTINCT if options.format == "lean" else f"{_DISTINCT} {_COLUMNS}"]
    told = ", ".join(
        f"`--{name}`" if value is True else f"`--{name} {_shown(value)}`"
        for name, value in options.filters().items()
    )
    dropped = f" {facts.trivial:,} statements were dropped as trivial." if options.no_trivial else ""
    lines += ["", f"Filters: {told or 'none'}.{dropped}"]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _loading(options: Options) -> str:
    table = options.tables[0]
    code = {
        "hf": f'from datasets import load_dataset\n\n{table} = load_dataset("PATH-OR-REPOSITORY", "{table}", split="train")',
        "parquet": f'import pyarrow.parquet as pq\n\n{table} = pq.read_table("{table}.parquet")',
        "jsonl": f'import json\n\nwith open("{table}.jsonl", encoding="utf-8") as lines:\n    {table} = [json.loads(line) for line in lines]',
        "lean": f"lake build          # all of it; or one file: lake build {ROOT}.…",
    }[options.format]
    return f"```{'sh' if options.format == 'lean' else 'python'}\n{code}\n```"


def _verification(store: Store, facts: Facts) -> str:
    environment, done = environment_row(store), facts.recheck
    lines = [
        "Every proof was checked in the campaign: its statement elaborated apart from it, the proof admitted by its syntax tree, its term walked for "
        "axioms (`propext`, `Classical.choice`, `Quot.sound` only), and checked again by the kernel.",
        "",
        "| environment | |",
        "|---|---|",
        f"| id | `{environment['id']}` |",
        f"| Lean | {environment['lean_version']} |",
        f"| imports | {environment['imports'].replace(',', ', ')} |",
        f"| header | `{' '.join(environment['header'].split()) or '(none)'}` |",
        f"| heartbeats | {environment['heartbeats']:,} thousand |",
        f"| seed library | `{environment['library'] or '(none)'}` |",
        f"| checker | `{environment['checker']}` |",
        "",
    ]
    if done.kind == "skipped":
        lines.append(
            "**Nothing was checked again** when this was exported (`--no-recheck`); the verdicts are the campaign's."
        )
    elif done.kind == "nothing":
        lines.append("It holds no proofs to check again.")
    else:
        where = (
            f"another environment, `{done.environment}` ({'; '.join(done.differences)})"
            if done.elsewhere
            else "the same environment"
        )
        files = (
            " Each Lean file was then read as a whole, and declares exactly its theorems."
            if facts.options.format == "lean"
            else ""
        )
        lines.append(
            f"When this was exported, all {done.proofs:,} proofs were checked again in {where}: every one stands.{files}"
        )
    if facts.options.format == "lean" and (
        missing := [n for n in foreign_imports(environment) if n != "Mathlib"]
    ):
        lines += [
            "",
            f"The project imports {', '.join(missing)}, which `lakefile.toml` does not name: add where it comes from.",
        ]
    if facts.refused:
        lines += [
            "",
            "Left out, for Lean does not take them as theorems of a file although the proofs stand:",
            "",
        ]
        lines += [f"- proof `{proof}`: {why}" for proof, why in sorted(facts.refused.items())]
    return "\n".join(lines)


def _provenance(store: Store, facts: Facts) -> str:
    config = store.config()
    last = store.value("select max(iteration) from stages")
    lines = [
        "| campaign | |",
        "|---|---|",
        f"| name | {' '.join(config['name'].split())} |",
        f"| mode | {config['mode']} |",
        f"| seed | {config['seed']} |",
        f"| configuration | `{config_digest(config)}` |",
        f"| iterations | {'none finished' if last is None else last} of {config['iterations']} |",
        f"| written by | stp {__version__}, `stp export --format {facts.options.format}` |",
        "",
        "| model of iteration | hash | trained from | examples |",
        "|---:|---|---|---:|",
    ]
    for row in store.rows("select iteration, id, parent, examples from models order by iteration"):
        origin = f"`{row['parent']}`" if row["parent"] else "scratch"
        lines.append(f"| {row['iteration']} | `{row['id']}` | {origin} | {row['examples']:,} |")
    return "\n".join(lines)


def _licences(store: Store) -> Iterator[tuple[str, str, str]]:
    """(source, where it is from, licence) of the sources that eligible statements have; data sets one by one."""
    for row in store.rows(
        "select distinct s.source, case when s.source = 'data' then substr(s.module, 1, instr(s.module, ':') - 1) end as name "
        "from eligible e join statements s on s.id = e.statement order by 1, 2"
    ):
        source = str(row["source"])
        if source in _LICENCES:
            yield source, *_LICENCES[source]
        else:
            name = row["name"] or source
            yield f"data: {name}", *_of_data_set(name)


def _of_data_set(name: str) -> tuple[str, str]:
    """Where a data set is from, and its licence, as its own card tells."""
    if name not in dataset.installed():
        return "a data set that is not installed here", "unknown; see the data set's own card"
    told = dataset.load(name).card
    return str(told.get("home") or told.get("title") or "a data set"), str(
        told.get("licence") or "not told by its card"
    )


def _licence_table(licences: list[tuple[str, str, str]]) -> str:
    lines = ["| statements of source | from | licence |", "|---|---|---|"]
    lines += [f"| {source} | {where} | {licence} |" for source, where, licence in licences]
    lines += ["", "Proofs and conjectures by the models, and this selection: Apache-2.0."]
    return "\n".join(lines)


def write(folder: Path, text: str) -> None:
    (folder / "README.md").write_text(text, encoding="utf-8")
