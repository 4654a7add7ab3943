"""Lean text as a model writes it: tokens, where a theorem's parts stand, and the columns of a proof.

No Lean is at hand here: what is cut out wrongly costs a sample, never soundness, since Lean checks every proof
against the statement that was asked for. All of it is linear in the text's length, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

#: Quantifiers are possessive, and closing signs optional, so that no text makes the matching go back and forth.
_LEX = re.compile(
    r"""
      (?P<space>\s++ | --[^\n]*+)
    | (?P<comment>/-)
    | r(?P<hashes>\#++)"
    | r"[^"]*+"? | "(?:[^"\\]|\\.)*+"?
    | '(?:\\[xu]?[0-9a-fA-F]{1,4} | \\. | [^\\'])'
    | (?:«[^»\n]*+»? | [^\W\d](?:[\w'?]|!(?!=))*+) (?:\.(?:«[^»\n]*+»? | [^\W\d](?:[\w'?]|!(?!=))*+))*+
    | \d[\w.]*+
    | :=
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/-|-/")

_OPENING = frozenset("([{⟨⦃⟦⌊⌈")
_CLOSING = frozenset(")]}⟩⦄⟧⌋⌉")
_THEOREMS = frozenset(["theorem", "lemma", "example"])
#: What may stand in front of one of them in its line: an attribute's bracket, a modifier, `open … in`.
_MODIFIERS = frozenset(["]", "private", "protected", "noncomputable", "nonrec", "in"])
_WORDS = """
    def abbrev instance axiom structure inductive class namespace section end variable variables universe universes open
    set_option import attribute noncomputable private protected unsafe partial nonrec public local scoped export macro
    macro_rules syntax notation infix infixl infixr prefix postfix elab elab_rules mutual opaque initialize deriving
    alias include omit run_cmd # @[
"""
#: Words that begin a command where they begin a line of their own.
_COMMANDS = _THEOREMS | frozenset(_WORDS.split())
#: Where one of these stands, or what follows it in its line, Lean remembers the column, and ends a term at a line that
#: does not begin right of it.
_POSITIONED = re.compile(r"(?<![\w.])(?:(?:let|have|letI|haveI|suffices|show)(?![\w'])|(?:calc|do) +[^ ])")


class Token(NamedTuple):
    """A token, and its place: offset, column, and whether it is the first of its line."""

    text: str
    start: int
    column: int
    first: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Theorem(NamedTuple):
    """Where the parts of a theorem stand in the tokens of a text.

    `proof` is that of the first token of the proof, behind `:=` or an equation's `|` or `where`, None if there is
    no proof; `head_end` the one behind the head's last token; `end` the one behind the theorem's last token.
    """

    keyword: int
    head: int  # behind the name
    head_end: int
    proof: int | None
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a Lean text, without white space and comments.

    Signs are single characters, except `:=` and `@[`. What is never closed (a comment, a string) goes to the end.
    """
    found: list[Token] = []
    position, line, fresh = 0, 0, True
    while position < len(text):
        match = _LEX.match(text, position)
        assert match is not None  # the last alternative takes any character
        end = match.end()
        blank = match["space"] is not None
        if match["comment"] is not None:
            end, blank = _comment_end(text, end), True
        elif match["hashes"] is not None:
            closing = text.find('"' + match["hashes"], end)
            end = len(text) if closing < 0 else closing + 1 + len(match["hashes"])
        elif match[0] == "@" and text.startswith("[", end):
            end += 1
        if not blank:
            found.append(Token(text[position:end], position, position - line, fresh))
            fresh = False
        newline = text.rfind("\n", position, end)
        if newline >= 0:
            line, fresh = newline + 1, blank
        position = end
    return found


def _comment_end(text: str, position: int) -> int:
    depth = 1
    for match in _COMMENT.finditer(text, position):
        depth += 1 if match[0] == "/-" else -1
        if not depth:
            return match.end()
    return len(text)


@lru_cache(2**16)  # each iteration embeds the statements known so far anew
def trim(rest: str) -> str:
    """`rest` without white space and comments around it: a comment at its end would swallow a `:=`."""
    found = tokens(rest)
    return rest[found[0].start : found[-1].end] if found else ""


def hypotheses(rest: str) -> str:
    """What stands before a statement's conclusion, with its colon: `(n : Nat) (h : 0 < n) :`. Empty if that is nothing."""
    depth = 0
    found = tokens(rest)
    for token in found:
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if token.text == ":" and depth == 0:
            return rest[found[0].start : token.end] if token is not found[0] else ""
    return ""


def theorems(found: Sequence[Token], rest: Sequence[str] = ()) -> Iterator[tuple[Theorem, bool]]:
    """The theorems in a text's tokens, each with whether it states exactly `rest`.

    `rest`: the texts of a statement's tokens. One that is stated otherwise has its `:=` found by brackets.
    """
    starts: list[tuple[int, int]] = []
    base = 0
    for i, token in enumerate(found):
        if token.first:
            base = token.column
        if token.text == "theorem" or (
            token.text in _THEOREMS and (token.first or found[i - 1].text in _MODIFIERS)
        ):
            starts.append((i, base))
    for number, (i, base) in enumerate(starts):
        limit = starts[number + 1][0] if number + 1 < len(starts) else len(found)
        end = next((j for j in range(i + 1, limit) if _begins_command(found[j], base)), limit)
        named = found[i].text != "example" and i + 1 < end and found[i + 1].text not in _OPENING | {":"}
        head = i + 1 + named
        stop = head + len(rest)
        exact = (
            bool(rest)
            and stop < end
            and found[stop].text in (":=", "|", "where")
            and all(found[head + k].text == word for k, word in enumerate(rest))
        )
        head_end = stop if exact else _head_end(found, head, end)
        proof = None
        if head_end < end:
            proof = head_end + (found[head_end].text == ":=")
        yield Theorem(i, head, head_end, proof if proof is not None and proof < end else None, end), exact


def _begins_command(token: Token, base: int) -> bool:
    return token.first and token.column <= base and token.text in _COMMANDS


def _head_end(found: Sequence[Token], start: int, end: int) -> int:
    """Where a theorem's head ends: at its `:=`, `where` or equations outside of brackets; `end` if there is none.

    The `:=` of a default argument stands in brackets; that of a `let` or `have` in the type is passed over.
    """
    depth = pending = 0
    match = False
    for i in range(start, end):
        word = found[i].text
        if word in _CLOSING:
            depth -= 1
        elif word in _OPENING or word == "@[":
            depth += 1
        if depth > 0:
            continue
        if word in ("let", "have", "letI", "haveI"):
            pending += 1
        elif word == "match":
            match = True
        elif word == ":=" and pending:
            pending -= 1
        elif word in (":=", "where") or (word == "|" and found[i].first and not match):
            return i
    return end


def proof_text(text: str, found: Sequence[Token], theorem: Theorem) -> str | None:
    """The proof of a theorem in `text`, its columns settled; None if it has none.

    What follows it (another command with its comments) is left out. A comment in front of the proof, or behind it at
    the end of the text, belongs to it.
    """
    if theorem.proof is None:
        return None
    before = found[theorem.proof - 1].end
    end = found[theorem.end - 1].end if theorem.end < len(found) else len(text)
    return settle(text, before, end)


def settle(text: str, start: int, end: int) -> str | None:
    """The piece of Lean in `text[start:end]`, as a text of its own that Lean reads as it would have read it there.

    Lean minds columns: a `let` or a tactic that has moved in relation to the lines below it is read otherwise. So a
    piece that begins a line is moved to the left with all its lines; one that begins within a line keeps its other
    lines where they are, unless Lean compares them with it: then they move too, or it keeps its column.
    None if there is nothing but white space.
    """
    piece = text[start:end].rstrip()
    begin = start + len(piece) - len(piece.lstrip())
    piece = piece.lstrip()
    if not piece:
        return None
    column = begin - (text.rfind("\n", 0, begin) + 1)
    first, *others = piece.split("\n")
    filled = [line for line in others if line.strip()]
    if not column or not filled:
        return piece
    own_line = not text[begin - column : begin].strip()
    how = compared(first, filled, column)
    if (own_line or how) and all(not line[:column].strip(" ") for line in filled):
        return "\n".join([first, *(line[column:] if line.strip() else line for line in others)])
    return " " * column + piece if how == "term" else piece


def compared(first: str, others: Sequence[str], column: int = 0) -> str:
    """Whether Lean compares the columns of later lines with what stands in the first: "term", "tactics" or "".

    column: where the first line begins.
    """
    filled = [line for line in others if line.strip()]
    if re.match(r"by(?![\w'.!?])", first):
        tactic = first[2:].lstrip()
        at = column + len(first) - len(tactic)
        bare = not tactic or tactic.startswith("--")
        return "tactics" if not bare and any(_indent(line) == at for line in filled) else ""
    return "term" if filled and _POSITIONED.search(first) else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def shift(text: str, by: int) -> str:
    """`text` with its lines moved to the right, but for blank ones."""
    return "\n".join(" " * by + line if line.strip() else line for line in text.split("\n"))


def layouts(proof: str) -> list[str]:
    """Ways to write a proof behind a theorem's head, the usual one first.

    Equations and fields have no `:=`. What spans lines and is compared with its first stands in lines of its own.
    """
    opening = tokens(proof)[:1]
    sign = "" if opening and opening[0].text in ("|", "where") else " :="
    block, still = f"{sign}\n{shift(proof, 2)}", f"{sign}\n{proof}"
    first, *others = proof.split("\n")
    if sign and not proof.startswith(" ") and not compared(first, others):
        return [f"{sign} {proof}", block, still]
    return [block, still]


def until_command(text: str) -> str:
    """A proof that goes on in `text`, up to a command at the start of a line, with its comments."""
    found = tokens(text)
    end = next((i for i, token in enumerate(found) if _begins_command(token, 0)), None)
    if end is None:
        return text
    return text[: found[end - 1].end] if end else ""


def as_tactics(proof: str) -> str | None:
    """A proof as a tactic block: a term `e` becomes `by exact e`, equations a `fun`. None if it cannot be one.

    Fields (`where …`) cannot; nor can anything without a token.
    """
    found = tokens(proof)
    if not found or found[0].text == "where":
        return None
    if found[0].text == "by":
        return proof if not proof[: found[0].start].strip() else f"by\n  exact\n{shift(proof, 4)}"
    if found[0].text == "|":
        return f"by\n  exact @fun\n{shift(proof, 4)}"  # `@`: equations name implicit arguments too
    return f"by\n  exact\n{shift(proof, 4)}" if "\n" in proof else f"by\n  exact {proof}"
