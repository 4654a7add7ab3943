"""Proofs as a Lake project: files that compile as they are."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from stp.errors import CampaignError
from stp.export import text
from stp.export.recheck import environment_row, files
from stp.lean import build
from stp.lean.pool import LeanPool
from stp.records import head_of
from stp.store import Store

#: Root of the project's modules, and of the namespaces of its theorems.
ROOT = "StpProofs"
#: Of a file: what a reader, and the checker (`stp/lean/pool.py`, MAX_TEXT), can take.
THEOREMS_PER_FILE = 500
CHARS_PER_FILE = 150_000
#: Files that are checked together.
_BATCH = 8
#: Modules that come with Lean itself.
_OF_LEAN = ("Init", "Std", "Lean")
#: Lean's own default of `maxHeartbeats`.
_DEFAULT_HEARTBEATS = 200_000

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class File:
    """One module: what stands before its theorems, and those, each as (full name, text)."""

    module: str
    imports: tuple[str, ...]
    header: str
    theorems: tuple[tuple[str, str], ...]

    def text(self, *, with_header: bool = True) -> str:
        imports = "".join(f"import {name}\n" for name in self.imports)
        header = f"\n{self.header.strip()}\n" if with_header and self.header.strip() else ""
        return imports + header + "".join(f"\n{block}" for _, block in self.theorems)

    @property
    def path(self) -> str:
        return f"{self.module.replace('.', '/')}.lean"


@dataclass
class Project:
    """What was written: theorems by module; and those that are proofs but no theorems of a file, with Lean's reason."""

    modules: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def project_files(store: Store) -> Iterator[File]:
    """The chosen proofs, a file for each module of the library or seed library, and each iteration of conjectures;
    several where one would be too long."""
    environment = environment_row(store)
    imports, header = tuple(environment["imports"].split(",")), environment["header"]
    used: set[str] = set()
    for place, group in groupby(_rows(store), key=_place):
        for part in _parts(_theorems(group)):
            yield File(_unused(f"{ROOT}.{place}", used), imports, header, tuple(part))


def write(store: Store, folder: Path, pool: LeanPool | None, progress: Progress) -> Project:
    """Write the project to `folder`; with a pool, only what it takes as a theorem of a file.

    Raises CampaignError if a file whose theorems all stand alone is refused as a whole.
    """
    environment = environment_row(store)
    seeded = "Seed" in environment["imports"].split(",")
    project = Project()
    written, todo = 0, project_files(store)
    while batch := list(islice(todo, _BATCH)):
        for file in _checked(pool, batch, project.refused) if pool else batch:
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text(), encoding="utf-8")
            project.modules[file.module] = len(file.theorems)
            written += len(file.theorems)
            progress(written, file.module)
    roots = "".join(f"import {module}\n" for module in sorted(project.modules))
    (folder / f"{ROOT}.lean").write_text(roots, encoding="utf-8")
    if seeded:
        _ship_seeds(folder)
    (folder / "lakefile.toml").write_text(_lakefile(environment, seeded), encoding="utf-8")
    (folder / "lean-toolchain").write_text(f"leanprover/lean4:v{version(environment)}\n", encoding="utf-8")
    return project


def version(environment: dict[str, Any]) -> str:
    """The release of Lean that the environment's version names: `4.28.0`, `4.29.0-rc1`."""
    found = re.match(r"\d+\.\d+\.\d+(-rc\d+)?", environment["lean_version"])
    if not found:
        raise CampaignError(
            f"The campaign's Lean calls itself {environment['lean_version']!r}, which names no release for a Lake project; "
            "choose another --format."
        )
    return found[0]


def foreign_imports(environment: dict[str, Any]) -> list[str]:
    """Packages among the imports that neither Lean nor the project itself brings."""
    roots = dict.fromkeys(name.split(".")[0] for name in environment["imports"].split(","))
    return [root for root in roots if root not in (*_OF_LEAN, "Seed")]


def _checked(pool: LeanPool, batch: list[File], refused: dict[str, str]) -> Iterator[File]:
    """The files without the theorems that Lean refuses, which are added to `refused`.

    A proof that stands can still be no theorem of a file: `theorem` wants every universe that is named to be used.
    """
    faults = _faults(pool, batch)
    for file in batch:
        if file.module not in faults:
            yield file
            continue
        alone = [replace(file, module=t[0], theorems=(t,)) for t in file.theorems]
        wrong = _faults(pool, alone)
        refused.update((name.split(".")[1].removeprefix("p"), why) for name, why in wrong.items())
        left = replace(file, theorems=tuple(t for t in file.theorems if t[0] not in wrong))
        if again := _faults(pool, [left]) if wrong and left.theorems else {} if wrong else faults:
            raise CampaignError(
                f"The Lean file {file.path} would not compile ({again[file.module]}), so nothing is written; "
                "export the same proofs with --format jsonl."
            )
        if left.theorems:
            yield left


def _faults(pool: LeanPool, given: list[File]) -> dict[str, str]:
    """By module, why Lean does not take a file as what it should be."""
    # Without the header: the pool reads every file under it already, and could not declare its definitions twice.
    found = {}
    expected = {file.module: sorted(name for name, _ in file.theorems) for file in given}
    for name, verdict in files(pool, ((file.module, file.text(with_header=False)) for file in given)):
        if verdict.outcome != "proved":
            errors = (m.text for m in verdict.messages if m.severity == "error")
            found[name] = " ".join(next(errors, verdict.outcome).split())[:300]
        # a header may leave a namespace open around them
        elif sorted(t[t.find(f"{ROOT}.") :] for t in verdict.theorems) != expected[name]:
            found[name] = f"it holds {len(verdict.theorems)} theorems in place of {len(expected[name])}"
    return found


def _theorems(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each as (full name, text). A namespace of its own keeps the theorem's name, by which a proof may call itself,
    and its columns, on which the layout of its lines depends."""
    for row in rows:
        space = f"{ROOT}.p{row['id']}"
        block = (
            f"namespace {space}\n{text.docstring(_provenance(row))}\n"
            f"{text.theorem(head_of(row['rest']), row['text'])}end {space}\n"
        )
        yield f"{space}.t", block


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    return store.rows(
        "select p.id, p.text, s.id as statement, s.rest, s.source, s.split, s.name, s.module, s.lemma, s.seed, "
        "s.iteration as stated_in, v.iteration, "
        "(select a.model from attempts a where a.proof = p.id order by a.iteration, a.stage, a.copy limit 1) as model "
        "from chosen c cross join proofs p on p.id = c.proof join verdicts v on v.proof = p.id and v.environment = ? "
        "join statements s on s.id = c.statement "
        "order by s.source, case when s.source = 'conjecture' then s.iteration else 0 end, s.module, s.position, s.id, p.id",
        store.meta("environment"),
    )


def _place(row: dict[str, Any]) -> str:
    if row["source"] == "conjecture":
        return f"Conjectures.Iteration{row['stated_in']}"
    if row["source"] == "data":  # the module is `DATA:SPLIT/NAME`
        return f"Data.{_component(row['module'].partition('/')[0])}"
    parts = [row["source"].capitalize(), *(row["module"] or "Other").split(".")]
    return ".".join(_component(part) for part in parts)


def _component(part: str) -> str:
    """A name that needs no quotes, in Lean and in a file system."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", part)
    return plain if plain[:1].isalpha() else f"M{plain}"


def _unused(module: str, used: set[str]) -> str:
    """`module`, or `module_2`, …, whichever comes first; file systems may take upper and lower case for the same."""
    number, name = 1, module
    while name.lower() in used:
        number += 1
        name = f"{module}_{number}"
    used.add(name.lower())
    return name


def _parts(theorems: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    part: list[tuple[str, str]] = []
    size = 0
    for name, block in theorems:
        if part and (len(part) == THEOREMS_PER_FILE or size + len(block) > CHARS_PER_FILE):
            yield part
            part, size = [], 0
        part.append((name, block))
        size += len(block)
    if part:
        yield part


def _provenance(row: dict[str, Any]) -> str:
    """One or two sentences: what the statement is, and who proved it when."""
    if row["source"] == "conjecture":
        what = f"Conjecture of iteration {row['stated_in']}, made from statement {row['seed']}"
        what += f" with the lemma `{row['lemma']}`" if row["lemma"] else ""
    else:
        what = f"`{row['name']}`" if row["name"] else "A statement"
        what += f" of {row['source']}" + (f" `{row['module']}`" if row["module"] else "")
    if row["model"]:
        by = f"Proof {row['id']} by model {row['model']} in iteration {row['iteration']}"
    else:
        by = f"Proof {row['id']} {'as written there' if row['source'] == 'seed' else 'by a fixed list of tactics'}"
    held = " Held out." if row["split"] in ("held_out", "test", "valid") else ""
    return f"{what} (statement {row['statement']}). {by}.{held}"


def _ship_seeds(folder: Path) -> None:
    """The seed library, which stp compiles as one module, here file by file below a module that imports them all."""
    (folder / "Seed").mkdir()
    for path in build.seed_files():
        shutil.copyfile(path, folder / "Seed" / path.name)
    imports = "".join(f"import Seed.{path.stem}\n" for path in build.seed_files())
    (folder / "Seed.lean").write_text(imports, encoding="utf-8")


def _lakefile(environment: dict[str, Any], seeded: bool) -> str:
    lines = [
        'name = "stp_proofs"',
        f'defaultTargets = ["{ROOT}"]',
        "",
        "# as the proofs were checked",
        "[leanOptions]",
        "autoImplicit = false",
        "relaxedAutoImplicit = false",
        f"maxHeartbeats = {max(_DEFAULT_HEARTBEATS, environment['heartbeats'])}",
    ]
    if "Mathlib" in foreign_imports(environment):
        lines += [
            "",
            "[[require]]",
            'name = "mathlib"',
            'git = "https://github.com/leanprover-community/mathlib4.git"',
            f"rev = {json.dumps('v' + version(environment))}",
        ]
    for name in (*(["Seed"] if seeded else []), ROOT):
        lines += ["", "[[lean_lib]]", f'name = "{name}"']
    return "\n".join(lines) + "\n"
