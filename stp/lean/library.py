"""Theorems to start from: the seed library with its proofs, and the statements of Init and Std."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stp import paths
from stp.errors import LeanError
from stp.files import whole
from stp.lean import build
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
    """The seed library's theorems with their proofs, cut out of the source by Lean's own parser."""
    found: list[Seed] = []
    files = build.seed_files()
    answers = pool.ask_all([{"op": "source", "text": path.read_text()} for path in files])
    for path, answer in zip(files, answers, strict=True):
        if isinstance(answer, Failure) or not answer["ok"]:
            detail = answer.detail if isinstance(answer, Failure) else answer["detail"]
            raise LeanError(f"The seed library's {path.name} cannot be read: {detail}")
        text = path.read_bytes()
        namespaces: list[str] = []
        for position, event in enumerate(answer["events"]):
            if event["kind"] == "namespace":
                namespaces.append(event["name"])
            elif event["kind"] == "end":
                namespaces.pop()
            else:
                cut = [
                    text[event[a] : event[b]].decode()
                    for a, b in (("name_end", "head_end"), ("proof_start", "proof_end"))
                ]
                found.append(
                    Seed(
                        ".".join([*namespaces, event["name"]]),
                        path.stem,
                        position,
                        cut[0].strip(),
                        cut[1],
                    )
                )
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
