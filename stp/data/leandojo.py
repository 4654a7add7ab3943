"""A downloaded LeanDojo benchmark (the format of LeanDojo Benchmark 4) as a data set, without Lean.

A folder of it holds `corpus.jsonl` (a file of the library a line: its imports and declarations, with their code),
`metadata.json` (the repository and its commit), and `random/` and `novel_premises/`, each with `train.json`,
`val.json` and `test.json`: arrays of theorems with their tactics, proof states and annotated premises
(arXiv 2306.15626, and the notebooks of github.com/lean-dojo/LeanDojo that write it). docs/graph.md says what of a
theorem can be had back from that and what cannot.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from stp import jsonl
from stp.data.dataset import DataSet, Entry
from stp.data.tactics import rebuild
from stp.errors import InputError

CORPUS = "corpus.jsonl"
METADATA = "metadata.json"
STRATEGIES = ("random", "novel_premises")
Strategy = Literal["random", "novel_premises"]

#: Their names of the splits → ours.
SPLITS = {"train": "train", "val": "valid", "test": "test"}

Pos = tuple[int, int]


@dataclass(frozen=True)
class Declaration:
    """A declaration of the corpus."""

    name: str
    code: str  # comments left out
    start: Pos  # line and column, from 1
    end: Pos

    @property
    def is_theorem(self) -> bool:
        return _THEOREM.match(self.code) is not None


@dataclass(frozen=True)
class Corpus:
    """What the corpus says: each file's imported modules, the declarations of a file under one name, and the names
    of all theorems."""

    imports: Mapping[str, tuple[str, ...]]
    declarations: Mapping[tuple[str, str], Sequence[Declaration]]
    theorems: frozenset[str]


def load(folder: Path, name: str, strategy: Strategy = "random") -> DataSet:
    """The data set in `folder` with the splits of `strategy`. Raises InputError, which says what is missing, if it
    is no such folder, not all of one, or damaged."""
    _must_be_complete(folder, strategy)
    metadata = _metadata(folder / METADATA)
    corpus = read_corpus(folder / CORPUS)
    entries: list[Entry] = []
    taken: Counter[str] = Counter()
    without = 0
    for theirs, ours in SPLITS.items():
        path = folder / strategy / f"{theirs}.json"
        for number, row in enumerate(_array(path), 1):
            try:
                entry = read_theorem(row, corpus, ours)
            except (KeyError, TypeError, ValueError, IndexError) as error:
                raise InputError(
                    f"{path} is not of LeanDojo's format: theorem {number} has no usable {error}."
                ) from error
            if entry is None:
                without += 1
                continue
            taken[entry.name] += 1
            if taken[entry.name] > 1:  # private theorems of two files share a name
                entry = Entry(**{**vars(entry), "name": f"{entry.name}@{entry.source}"})
            entries.append(entry)
    if not entries:
        raise InputError(f"None of the theorems in {folder / strategy} stands in {folder / CORPUS}.")
    origin = metadata["from_repo"]
    card = {
        "title": metadata.get("dataset_name", "LeanDojo benchmark"),
        "home": origin["url"],
        "revision": origin["commit"],
        "licence": "CC-BY-2.0",  # the benchmark's own; the statements are under their repositories'
        "split_by": strategy,
        "note": "Statements from the corpus, proofs put together from tactics; nothing has checked them.",
        "counts": {
            "theorems": len(entries),
            "with_proof": sum(bool(entry.proof) for entry in entries),
            "with_premises": sum(bool(entry.premises) for entry in entries),
            "left_out_without_statement": without,
        },
    }
    return DataSet(name, tuple(entries), card)


def read_corpus(path: Path) -> Corpus:
    """The corpus. Raises InputError if a line is none of one."""
    broken: list[str] = []
    imports: dict[str, tuple[str, ...]] = {}
    declarations: dict[tuple[str, str], list[Declaration]] = defaultdict(list)
    for file, modules, found in jsonl.read(path, _file, broken):
        imports[file] = modules
        for declaration in found:
            declarations[file, declaration.name].append(declaration)
    if broken:
        raise InputError(f"{path} is damaged or not of LeanDojo's format ({broken[0]}); download it again.")
    theorems = frozenset(
        name for (_, name), group in declarations.items() if any(d.is_theorem for d in group)
    )
    return Corpus(imports, declarations, theorems)


def read_theorem(row: Mapping[str, Any], corpus: Corpus, split: str) -> Entry | None:
    """The entry of one theorem of a split; None if the corpus does not have its statement."""
    path, full_name, start = row["file_path"], row["full_name"], _pos(row["start"])
    around = [
        d
        for d in corpus.declarations.get((path, full_name), ())
        if d.is_theorem and d.start <= start <= d.end
    ]
    if not around:
        return None
    statement, proof = cut(around[0].code)
    written = _THEOREM.match(statement)
    assert written is not None
    if not proof:
        steps = [(t["tactic"], t["state_before"], t["state_after"]) for t in row["traced_tactics"]]
        proof = rebuild(steps)
        if proof and not _fits(around[0], proof):
            proof = ""
    namespace = open_namespace(full_name, written["name"].rstrip("."))
    return Entry(
        name=full_name,
        statement="theorem" + statement[written.end("keyword") :],
        split=split,
        header=f"namespace {namespace}\n" if namespace else "",
        imports=corpus.imports.get(path, ()),
        namespace=namespace,
        proof=proof,
        premises=_premises(row["traced_tactics"], corpus, full_name),
        forbid=(full_name,),
        source=f"{path}:{start[0]}",
    )


def _premises(tactics: Sequence[Any], corpus: Corpus, own: str) -> tuple[str, ...]:
    """Theorems that the tactics name, in their order. Annotations also name definitions and constructors."""
    named = (premise["full_name"] for tactic in tactics for premise in tactic["annotated_tactic"][1])
    return tuple(dict.fromkeys(name for name in named if name in corpus.theorems and name != own))


# --- statements -------------------------------------------------------------------------------------------

#: What may stand before `theorem` and is no part of the statement.
_MODIFIERS = r"(?:@\[[^\]]*\]|private|protected|nonrec|noncomputable|unsafe|public|scoped|local|\s)*"
_THEOREM = re.compile(rf"{_MODIFIERS}\b(?P<keyword>theorem|lemma)\s+(?P<name>(?:«[^»]*»|[^\s«:({{\[⦃])+)")

#: Brackets, strings, the words that bring a `:=` with them, and ends of a statement.
_TOKENS = re.compile(
    r'"(?:\\.|[^"\\])*"|(?P<open>[(\[{⟨⦃])|(?P<close>[)\]}⟩⦄])|(?P<binds>\b(?:let|have|letI|haveI)\b)|(?P<value>:=)'
    r"|(?P<end>\n\s*\|[^\n]*=>|\s\bwhere\b)"
)


def cut(code: str) -> tuple[str, str]:
    """A theorem's code → (its head, its proof or ""): cut at the theorem's own `:=`, which is one that stands in no
    brackets and belongs to no `let`. A proof by `|` cases or `where` is no term, and none is returned."""
    depth = pending = 0
    for token in _TOKENS.finditer(code):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif depth:
            continue
        elif token["binds"]:
            pending += 1
        elif token["value"] and pending:
            pending -= 1
        elif token["value"]:
            return code[: token.start()].strip(), code[token.end() :].strip()
        elif token["end"]:
            return code[: token.start()].strip(), ""
    return code.strip(), ""


def open_namespace(full_name: str, written: str) -> str:
    """The namespace in which a theorem written so has this full name."""
    if written.startswith("_root_.") or not full_name.endswith(f".{written}"):
        return ""
    return full_name[: -len(written) - 1]


def _fits(declaration: Declaration, proof: str) -> bool:
    """Whether the theorem with this proof ends in the column where the source says it does, laid out as is usual:
    the proof on the statement's last line, or below it, 2 or 4 columns in. This tells most terms with one tactic
    block in them, of which the block's tactics alone were recorded, from tactic proofs."""
    code = cut(declaration.code)[0]
    lines = [line[2:] for line in proof.split("\n")[1:]]
    lead = 0 if "\n" in code else declaration.start[1] - 1
    same_line = lead + len(code.rsplit("\n", 1)[-1]) + len(" := by ") + len("; ".join(lines))
    widths = {same_line}
    if declaration.start[0] < declaration.end[0]:
        widths |= {indent + len(lines[-1]) for indent in (2, 4)}
    return declaration.end[1] - 1 in widths


# --- files ------------------------------------------------------------------------------------------------


def _must_be_complete(folder: Path, strategy: str) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the unpacked folder of a LeanDojo benchmark.")
    wanted = [CORPUS, METADATA, *(f"{strategy}/{split}.json" for split in SPLITS)]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder} is not a whole LeanDojo benchmark: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
            "missing; unpack the download again and name the folder that holds corpus.jsonl."
        )


def _metadata(path: Path) -> dict[str, Any]:
    try:
        metadata: dict[str, Any] = json.loads(path.read_bytes())
        metadata["from_repo"]["url"], metadata["from_repo"]["commit"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f'{path} is not LeanDojo\'s: it has no "from_repo" with "url" and "commit".'
        ) from error
    return metadata


def _file(number: int, row: jsonl.Row) -> tuple[str, tuple[str, ...], list[Declaration]]:
    try:
        found = [
            Declaration(p["full_name"], p["code"], _pos(p["start"]), _pos(p["end"])) for p in row["premises"]
        ]
        return row["path"], tuple(sorted(map(module_of, row["imports"]))), found
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"no usable {error}") from None


def _pos(value: Sequence[int]) -> Pos:
    return int(value[0]), int(value[1])


def module_of(path: str) -> str:
    """The module of a file as LeanDojo names it: `.lake/packages/std/Std/Logic.lean` → `Std.Logic`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    for packages in ([".lake", "packages"], ["lake-packages"]):
        if parts[: len(packages)] == packages:
            parts = parts[len(packages) + 1 :]  # and the package's own folder
    if parts[:2] == ["src", "lean"]:
        parts = parts[2:]
    return ".".join(parts)


def _array(path: Path) -> Iterator[Any]:
    """The items of a JSON array, one in memory at a time beside the text: the benchmark's have hundreds of megabytes.

    Raises InputError if the file is no array or is cut off.
    """
    decoder = json.JSONDecoder()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    skip = re.compile(r"[\s,]*")
    if not text.lstrip().startswith("["):
        raise InputError(f"{path} is not of LeanDojo's format: not a JSON array.")
    at = text.index("[") + 1
    while True:
        found = skip.match(text, at)
        assert found is not None
        at = found.end()
        if text[at : at + 1] == "]":
            return
        try:
            item, at = decoder.raw_decode(text, at)
        except ValueError as error:
            raise InputError(f"{path} is damaged or cut off ({error}); download it again.") from error
        yield item
