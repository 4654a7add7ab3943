"""The forms of `/v1`: requests to checks, verdicts to answers. Pure; `stp.client` speaks the same ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stp.records import Check, Environment, Verdict
from stp.serve.gate import Refused

#: Checks a request may hold.
MAX_ITEMS = 1024

#: A line of a header that any client may send. Anything more is Lean code that a worker would run (`#eval`,
#: a macro), and with it whoever holds the token could forge the verdicts of others.
_OPEN = re.compile(r"(?:open(?: scoped)?((?: [^\W\d][\w'!?]*(?:\.[^\W\d][\w'!?]*)*)+))? *")

_NO_HEADER = (
    "a header may only hold lines such as `open Nat`, names with a capital first; the service takes others if it is started "
    "with --trust-headers, or put it in its own --header"
)

_CHECK_KEYS = ("id", "statement", "proof", "header", "forbid", "vacuous", "timeout", "negated")


@dataclass(frozen=True)
class Batch:
    """A request to `/v1/check`: what can be asked, under its position as id, and what cannot."""

    ids: tuple[Any, ...]
    checks: tuple[Check, ...]
    malformed: dict[int, Verdict]  # position → verdict
    timeout: float | None


def batch(body: dict[str, Any], max_items: int, trust_headers: bool) -> Batch:
    """Read a request. A bad item gets a verdict of its own; Refused is raised if the request as a whole is bad."""
    known_keys(body, ("checks", "timeout"))
    items = item_list(body, "checks", max_items)
    checks, malformed = [], {}
    for i, item in enumerate(items):
        try:
            check = _check(i, item)
            if trust_headers or opens_only(check.header):
                checks.append(check)
            else:
                malformed[i] = Verdict("bad_statement", "header", _NO_HEADER)
        except ValueError as error:
            malformed[i] = Verdict("bad_statement", "malformed", str(error))
    return Batch(tuple(_identity(item) for item in items), tuple(checks), malformed, seconds(body, None))


def answer(environment: Environment, ids: Sequence[Any], verdicts: Iterable[Verdict]) -> dict[str, Any]:
    return {
        "environment": environment.id,
        "verdicts": [
            {"id": identity, **asdict(verdict)} for identity, verdict in zip(ids, verdicts, strict=True)
        ],
    }


def environment(record: Environment) -> dict[str, Any]:
    return {"environment": record.id, **asdict(record)}


# --- for the other forms too --------------------------------------------------------------------------------


def known_keys(body: dict[str, Any], known: Sequence[str]) -> None:
    for key in body:
        if key not in known:
            raise Refused(422, "invalid", f"Unknown key {key!r}; known ones are {', '.join(known)}.")


def item_list(body: dict[str, Any], key: str, max_items: int) -> list[Any]:
    items = body.get(key)
    if not isinstance(items, list):
        raise Refused(422, "invalid", f'"{key}" is missing or not a list.')
    if len(items) > max_items:
        raise Refused(
            413,
            "too_many_items",
            f'"{key}" holds {len(items):,} items; send at most {max_items:,} at once.',
        )
    return items


def seconds(body: dict[str, Any], default: float | None) -> float | None:
    """The request's `timeout`."""
    value = body.get("timeout", default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise Refused(422, "invalid", '"timeout" is not a number of seconds.')
    return float(min(value, 1e9))


def opens_only(header: str) -> bool:
    """Whether each line is empty, or `open` with names that begin with a capital.

    Capitals because a keyword would end the names and begin a command: `open Nat run_cmd …`.
    """
    lines = [_OPEN.fullmatch(line) for line in header.split("\n")]
    return all(line and all(name[0].isupper() for name in (line[1] or "").split()) for line in lines)


# --- one item -----------------------------------------------------------------------------------------------


def _identity(item: Any) -> Any:
    identity = item.get("id") if isinstance(item, dict) else None
    return identity if isinstance(identity, str | int) else None


def _check(position: int, item: Any) -> Check:
    if not isinstance(item, dict):
        raise ValueError("not a JSON object")
    for key in item:
        if key not in _CHECK_KEYS:
            raise ValueError(f"unknown key {key!r}; known ones are {', '.join(_CHECK_KEYS)}")
    if not isinstance(item.get("id"), str | int):
        raise ValueError('"id" is missing or neither a text nor an integer')
    for key in ("statement", "proof"):
        if not isinstance(item.get(key), str):
            raise ValueError(f'"{key}" is missing or not a text')
    header, forbid, vacuous = item.get("header", ""), item.get("forbid", []), item.get("vacuous", False)
    if not isinstance(header, str):
        raise ValueError('"header" is not a text')
    if not isinstance(forbid, list) or not all(isinstance(name, str) for name in forbid):
        raise ValueError('"forbid" is not a list of names')
    negated = item.get("negated", False)
    for key, value in (("vacuous", vacuous), ("negated", negated)):
        if not isinstance(value, bool):
            raise ValueError(f'"{key}" is neither true nor false')
    timeout = item.get("timeout", 0.0)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 <= timeout < math.inf:
        raise ValueError('"timeout" is not a number of seconds')
    return Check(
        str(position),
        item["statement"],
        item["proof"],
        header,
        tuple(forbid),
        vacuous,
        float(timeout),
        negated,
    )
