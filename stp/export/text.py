"""A statement and its proof as Lean text."""

from __future__ import annotations

import re

from stp.records import NAME

#: White space and comments, as the checker skips them to see what kind of proof it has.
_BLANK = re.compile(r"(?:\s+|--[^\n]*)+")
_IN_COMMENT = re.compile(r"/-|-/")
#: Equations or fields, which stand in place of `:= …`.
#: The universes behind the name with which every head begins.
_UNIVERSES = re.compile(rf"(?<=^theorem {NAME})\.\{{([^}}]*)\}}")
_NO_VALUE = re.compile(r"\|(?![|>])|where(?![\w.'!?])")


def definition(proof: str) -> str:
    """What follows a theorem's head: ` := proof`, or the equations or fields in its place.

    A proof's lines are laid out as if its first one began a line. So it does here, unless nothing depends on that:
    it has but one line, or its first one is `by` alone.
    """
    if _NO_VALUE.match(proof, _start(proof)):
        return f"\n{proof.lstrip()}"
    first, _, more = proof.strip().partition("\n")
    return f" := {proof.strip()}" if not more or first.strip() == "by" else f" :=\n{proof}"


def theorem(head: str, proof: str) -> str:
    """The whole theorem, one or more lines."""
    head = _UNIVERSES.sub(_used, head)
    last = head.rpartition("\n")[2]
    # a comment at the head's end would swallow the `:=`
    return f"{head}{chr(10) if '--' in last else ''}{definition(proof)}".rstrip() + "\n"


def _used(universes: re.Match[str]) -> str:
    """The universes that occur again: `theorem` refuses one that its type does not name."""
    rest = universes.string[universes.end() :]
    names = (name.strip() for name in universes[1].split(","))
    kept = [name for name in names if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", rest)]
    return f".{{{', '.join(kept)}}}" if kept else ""


def docstring(text: str) -> str:
    """`/-- text -/`, with nothing in `text` that would end it or begin another."""
    return f"/-- {text.replace('/-', '/ -').replace('-/', '- /')} -/"


def _start(proof: str) -> int:
    """Where the proof begins behind white space and comments, which may be nested."""
    at = 0
    while True:
        if blank := _BLANK.match(proof, at):
            at = blank.end()
        elif proof.startswith("/-", at):
            depth, place = 1, at + 2
            while depth and (mark := _IN_COMMENT.search(proof, place)):
                depth += 1 if mark[0] == "/-" else -1
                place = mark.end()
            at = place if not depth else len(proof)
        else:
            return at
