"""Lean out of a chat model's answer: its fenced blocks, the one theorem that was asked for, and its proof.

An answer may think aloud first, quote fragments, restate the theorem in its own words, put lemmas in front of it and
commands behind it. What is taken out is one proof or one statement; Lean judges it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stp.lm.lean_text import Theorem, Token, proof_text, theorems, tokens
from stp.records import NAME

FENCE = "```"
#: The first word of a fence's label that may stand for Lean; others (`tactics`, `python`) are passed over.
_LABELS = frozenset(["", "lean", "lean4"])
_LABEL = re.compile(r"[\w.+-]*+")
#: What a text must hold to be worth its tokens.
_WORTH = re.compile(r"theorem|lemma|example|\bby\b")
_LEAN_BEGINS = re.compile(r"(?:import|open|set_option|theorem|lemma|example|namespace|section|variable)\s")


class Block(NamedTuple):
    """A fenced block: whether it may hold Lean, and whether its closing fence is there."""

    text: str
    lean: bool
    closed: bool


def proof_in(rest: str, answer: str, truncated: bool) -> str | None:
    """The proof that `answer` gives of the theorem whose text after the name is `rest`; None if there is none.

    Of all theorems in complete blocks of Lean, the last counts that states `rest` (white space and comments aside),
    else the last of the name that it was asked under, else the last; `sorry` alone only if there is nothing else. If
    no block holds a theorem, a block that is a tactic proof counts.
    truncated: the answer was cut off, so that a block without its closing fence is no proof.
    """
    wanted = [token.text for token in tokens(rest)]
    best: tuple[tuple[bool, int], str] | None = None
    bare = None
    for text, found in _lean(answer, truncated):
        if found and found[0].text == "by":
            bare = text[found[0].start :].rstrip()
        for theorem, exact in theorems(found, wanted):
            if theorem.proof is None:
                continue
            empty = [t.text for t in found[theorem.proof : theorem.end]] in (["sorry"], ["by", "sorry"])
            named = theorem.head > theorem.keyword + 1 and found[theorem.head - 1].text == NAME
            rank = (not empty, 2 if exact else int(named))
            if best is None or rank >= best[0]:
                proof = proof_text(text, found, theorem)
                if proof is not None:
                    best = rank, proof
    return best[1] if best else bare


def statement_in(answer: str, truncated: bool) -> str | None:
    """The statement of the last theorem in the answer's complete blocks of Lean: its text after the name."""
    stated = None
    for text, found in _lean(answer, truncated):
        for theorem, _ in theorems(found):
            stated = _statement(text, found, theorem) or stated
    return stated


def statement_after_theorem(text: str) -> str | None:
    """The statement in a text that goes on after the word `theorem`: what follows the name, less any proof."""
    if re.match(r"\s*(?:theorem|lemma)\s", text) is None:
        text = f"theorem {text}"
    found = tokens(text)
    return next((_statement(text, found, theorem) for theorem, _ in theorems(found)), None)


def _statement(text: str, found: list[Token], theorem: Theorem) -> str | None:
    if theorem.head >= theorem.head_end:
        return None
    return text[found[theorem.head].start : found[theorem.head_end - 1].end]


def _lean(answer: str, truncated: bool) -> list[tuple[str, list[Token]]]:
    """The complete Lean texts of an answer, with their tokens, in order."""
    said = spoken(answer)
    if said is None:
        return []
    every = blocks(said)
    texts = [block.text for block in every if block.lean and (block.closed or not truncated)]
    if not every and not truncated and _LEAN_BEGINS.match(said.lstrip()):
        texts = [said]
    return [(text, tokens(text)) for text in texts if _WORTH.search(text)]


def spoken(answer: str) -> str | None:
    """The answer without its thoughts: what follows the last `</think>`. None if the model was still thinking."""
    said = answer.rpartition("</think>")[2]
    return None if "<think>" in said else said


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text, in order; the last may lack its closing fence.

    A labelled fence inside a block begins another one: the model forgot to close the first.
    """
    found: list[Block] = []
    inside: list[str] | None = None
    lean = False
    for line in text.split("\n"):
        if inside is None:
            label = _opening(line)
            if label is not None:
                inside, lean = [], label in _LABELS
            continue
        before, fence, after = line.partition(FENCE)
        after = after.lstrip("`")
        label = after.strip().lower() if after[:1].strip() and not before.strip() else ""
        if not fence:
            inside.append(line)
        elif label and _LABEL.fullmatch(label):
            found.append(Block("\n".join(inside), lean, False))
            inside, lean = [], label in _LABELS
        else:
            found.append(Block("\n".join([*inside, before]), lean, True))
            inside = None
    if inside is not None:
        found.append(Block("\n".join(inside), lean, False))
    return found


def _opening(line: str) -> str | None:
    """The first word of the label if `line` opens a block: without a label it holds nothing else but a list's marker."""
    before, fence, after = line.rpartition(FENCE)
    words = after.lower().split()
    label = words[0] if words else ""
    alone = not before.strip("` \t>-*.0123456789")
    if (
        not fence
        or len(words) > 2
        or _LABEL.fullmatch(label) is None
        or not (alone or label in ("lean", "lean4"))
    ):
        return None
    return label
