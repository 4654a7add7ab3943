"""A statement's binders before the colon, as people write them; Lean prints its library's behind it, as `∀`."""

from __future__ import annotations

import re

_OPENING, _CLOSING = "([{⦃", ")]}⦄"
_HEAD = re.compile(r"\s*(\.\{[^}]*\})?\s*:\s*∀\s*")


def named_binders(rest: str) -> str | None:
    """`: ∀ (a b : Nat) {p : Prop}, q` → `(a b : Nat) {p : Prop} : q`; None where `rest` is not of that form.

    rest: a theorem's text after its name. The type stays the same; that it does is for Lean to say.
    """
    head = _HEAD.match(rest)
    if head is None:
        return None
    place = head.end()
    while place < len(rest) and rest[place] in _OPENING:
        depth = 1
        while depth and (place := place + 1) < len(rest):
            depth += (rest[place] in _OPENING) - (rest[place] in _CLOSING)
        place += 1
        while rest[place : place + 1].isspace():
            place += 1
    if place == head.end() or rest[place : place + 1] != ",":
        return None
    binders, body = rest[head.end() : place].strip(), rest[place + 1 :].strip()
    return f"{head[1] or ''} {binders} : {body}".strip() if body else None
