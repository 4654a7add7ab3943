"""Theorems to start from: the seed library with its proofs, and the statements of Init and Std."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stp import paths
from stp.errors import LeanError
from stp.files import whole
from stp.lean import build, source
from stp.lean.pool import Failure, LeanPool
from stp.records import Seed, digest


@dataclass(frozen=True)
class LibraryTheorem:
    """A theorem of the installed Lean. `head` reads back to the theorem's own type (up to mdata)."""

    name: str
    module: str
    head: str
    key: str


def seeds(pool: LeanPool) -> list[Seed]:
    """The seed library's theorems with their proofs."""
    return cut(pool, build.seed_files())


def cut(pool: LeanPool, files: Sequence[Path]) -> list[Seed]:
    """The theorems of Lean files with their proofs, cut out of the sources by Lean's own parser.

    Names are given as they are written. Raises LeanError if a file does not parse.
    """
    found: list[Seed] = []
    texts = [path.read_text(encoding="utf-8") for path in files]
    for path, read in zip(files, source.read(pool, texts), strict=True):
        if read.faults or read.by_tokens:
            fault = read.faults[0] if read.faults else f"line {read.by_tokens[0]} does not parse"
            raise LeanError(f"{path.name} cannot be read: {fault}")
        for theorem in read.theorems:
            name = f"{theorem.namespace}.{theorem.name}" if theorem.namespace else theorem.name
            found.append(Seed(name, path.stem, theorem.position, theorem.rest, theorem.proof))
    return found


def extract(
    pool: LeanPool,
    *,
    prefixes: Sequence[str] = ("Init", "Std"),
    limit: int | None = None,
    max_chars: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[LibraryTheorem]:
    """Theorems of the modules below `prefixes` whose printed statement reads back to the same type.

    limit: draw that many names at random (by `seed`) before printing, for a quick sample.
    max_chars: longer statements are left out.
    """
    modules = [m for m in _modules(pool) if any(m == p or m.startswith(p + ".") for p in prefixes)]
    listed = pool.ask_all([{"op": "list", "module": module} for module in modules])
    names = [
        (name, module)
        for module, answer in zip(modules, listed, strict=True)
        if not isinstance(answer, Failure)
        for name in answer["theorems"]
        if _is_plain(name)
    ]
    if limit is not None and limit < len(names):
        names = random.Random(seed).sample(names, limit)
    found: list[LibraryTheorem] = []
    block = 512
    for start in range(0, len(names), block):
        part = names[start : start + block]
        answers = pool.ask_all(
            [{"op": "print", "name": name, "heartbeats": pool.heartbeats} for name, _ in part]
        )
        for (name, module), answer in zip(part, answers, strict=True):
            if not isinstance(answer, Failure) and answer["ok"] and len(answer["head"]) <= max_chars:
                found.append(LibraryTheorem(name, module, answer["head"], digest(answer["key"])))
        progress(min(start + block, len(names)), len(names))
    return found


def stated(pool: LeanPool, names: Sequence[str], max_chars: int = 400) -> dict[str, LibraryTheorem]:
    """These theorems of the environment, by name (of no module). Those that cannot be printed so that they read back, or are
    longer, are left out."""
    answers = pool.ask_all([{"op": "print", "name": name, "heartbeats": pool.heartbeats} for name in names])
    return {
        name: LibraryTheorem(name, "", answer["head"], digest(answer["key"]))
        for name, answer in zip(names, answers, strict=True)
        if not isinstance(answer, Failure) and answer["ok"] and len(answer["head"]) <= max_chars
    }


def _modules(pool: LeanPool) -> list[str]:
    answer = pool.ask_all([{"op": "modules"}])[0]
    if isinstance(answer, Failure):
        raise LeanError(f"Lean could not list its modules: {answer.detail}")
    return list(answer["modules"])


#: Last parts of the names of theorems that Lean makes by itself for every definition.
_GENERATED = re.compile(
    r"injEq|inj|sizeOf_spec|noConfusion|eq_def|congr_simp|elim_eq|eq_\d+|(match|proof|fun_cases|induct|inst|_).*"
)


def _is_plain(name: str) -> bool:
    """Whether somebody wrote the theorem, and its name can be written."""
    last = name.rsplit(".", 1)[-1]
    return not (_GENERATED.fullmatch(last) or name.startswith(("Lean.", "_")) or "._" in name or "✝" in name)


def cached(
    pool: LeanPool,
    *,
    limit: int | None,
    prefixes: Sequence[str],
    max_chars: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[LibraryTheorem]:
    """`extract`, kept in the cache folder for this environment and these arguments."""
    name = digest(pool.environment.id, str(limit), ",".join(prefixes), str(max_chars), str(seed))
    path = paths.home() / "library" / f"{name}.jsonl"
    if path.exists():
        return [LibraryTheorem(**json.loads(line)) for line in path.read_text().splitlines()]
    found = extract(pool, prefixes=prefixes, limit=limit, max_chars=max_chars, seed=seed, progress=progress)
    with whole(path) as stream:
        stream.writelines(json.dumps(vars(theorem), ensure_ascii=False) + "\n" for theorem in found)
    return found
