"""Theorems cut out of Lean sources: by Lean's own parser, through the checker.

A command whose notation the environment lacks (Mathlib's, in the embedded Lean) does not parse there; the checker then
gives its tokens, as Lean's own lexer reads them, and the theorem's parts are told by brackets and keywords. The tests
show that both ways agree where both can be gone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from stp.errors import LeanError
from stp.lean.pool import Failure, LeanPool


@dataclass(frozen=True)
class Theorem:
    """A theorem as a source states it."""

    name: str  # as written
    namespace: str  # in which it stands
    head: str  # `theorem NAME binders : type`, as written, without docstring, attributes and modifiers
    rest: str  # what of the head follows the name
    proof: str  # what follows `:=`, or equations; empty if there is none
    header: str  # the file's text before it, theorems left out
    docstring: str = ""
    line: int = 1
    position: int = 0  # among the commands
    grammar: bool = True  # parsed whole, not told by its tokens

    @property
    def full_name(self) -> str:
        if self.name.startswith("_root_."):
            return self.name.removeprefix("_root_.")
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def unproved(self) -> bool:
        """Whether it comes without a proof, or with `sorry` alone."""
        return self.proof.strip() in ("", "sorry", "by", "by sorry") or bool(_SORRY.fullmatch(self.proof))


@dataclass(frozen=True)
class Source:
    """A Lean file. faults: what of it could not be read. by_tokens: lines of commands that do not parse here."""

    imports: tuple[str, ...] = ()
    theorems: tuple[Theorem, ...] = ()
    faults: tuple[str, ...] = ()
    by_tokens: tuple[int, ...] = ()


_SORRY = re.compile(r"\s*by\s+sorry\s*")


def read(pool: LeanPool, texts: Sequence[str], *, plain: bool = False) -> list[Source]:
    """The theorems of each text; `plain`: all told by their tokens. Raises LeanError if Lean does not answer."""
    answers = pool.ask_all([{"op": "source", "text": text, "plain": plain} for text in texts])
    found = []
    for text, answer in zip(texts, answers, strict=True):
        if isinstance(answer, Failure):
            raise LeanError(f"Lean could not read a source: {answer}")
        if not answer["ok"]:
            found.append(Source(faults=(str(answer["detail"]),)))
            continue
        reader = _Reader(text.encode("utf-8"))
        for event in answer["events"]:
            reader.take(event)
        found.append(
            Source(
                tuple(answer["imports"]),
                tuple(reader.theorems),
                tuple(reader.faults),
                tuple(reader.by_tokens),
            )
        )
    return found


@dataclass
class _Scope:
    """An open `namespace` or `section`. context: how much of the header stood before it."""

    name: str
    context: int


class _Reader:
    """Goes through the commands of one text (bytes, as positions are)."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.theorems: list[Theorem] = []
        self.faults: list[str] = []
        self.by_tokens: list[int] = []
        self._context: list[str] = []
        self._scopes: list[_Scope] = []
        self._position = 0
        self._in = ""  # `open … in`, waiting for its command

    def take(self, event: dict[str, Any]) -> None:
        kind, start, end = event["kind"], event["start"], event["end"]
        if kind == "unparsed":
            self._unparsed(event["tokens"])
        elif kind == "theorem":
            self._theorem(event)
        elif kind == "namespace":
            self._open(event["name"], self._cut(start, end))
        elif kind == "section":
            self._open("", self._cut(start, end))
        elif kind == "end":
            self._close(self._cut(start, end))
        elif kind == "other":
            self._context.append(self._cut(start, end))
        self._position += 1

    def _cut(self, start: int, end: int) -> str:
        return self.text[start:end].decode("utf-8")

    def _open(self, name: str, text: str) -> None:
        self._scopes.append(_Scope(name, len(self._context)))
        self._context.append(text)

    def _close(self, text: str) -> None:
        if not self._scopes:
            self.faults.append(f"line {self._line(0)}: an `end` without a beginning")
            return
        scope = self._scopes.pop()
        if len(self._context) == scope.context + 1:  # nothing in it that outlives it
            self._context.pop()
        else:
            self._context.append(text)

    def _line(self, position: int) -> int:
        return self.text.count(b"\n", 0, position) + 1

    def _add(
        self, name: str, head: tuple[int, int], name_end: int, proof: str, doc: str, grammar: bool
    ) -> None:
        rest = self._cut(name_end, head[1]).strip()
        stated = f"theorem {name}{'' if rest[:1] in ('.', '') else ' '}{rest}"
        before = "\n".join(part for part in (*self._context, self._in) if part)
        self.theorems.append(
            Theorem(
                name,
                ".".join(scope.name for scope in self._scopes if scope.name),
                stated,
                rest,
                proof,
                before,
                doc,
                self._line(head[0]),
                self._position,
                grammar,
            )
        )
        self._in = ""

    def _theorem(self, event: dict[str, Any]) -> None:
        start, command = event["start"], event["command_start"]
        waiting = self._in
        if start < command:  # `open X in`, `set_option o v in`
            prefix = self._cut(start, command).strip()
            self._in = "\n".join(part for part in (waiting, _without_in(prefix)) if part)
        proof = event["proof_start"], event["proof_end"]
        doc = "" if event["doc_start"] is None else self._cut(event["doc_start"], event["doc_end"])
        self._add(
            self._cut(event["name_start"], event["name_end"]),
            (event["keyword"], event["head_end"]),
            event["name_end"],
            "" if None in proof else block(self.text, *proof),
            docstring(doc),
            True,
        )

    def _unparsed(self, flat: list[int]) -> None:
        tokens = [Token(a, b, self._cut(a, b)) for a, b in zip(flat[::2], flat[1::2], strict=True)]
        while tokens and tokens[0].text.startswith("/-!"):
            tokens.pop(0)
        if not tokens:
            return
        words = [token.text for token in tokens]
        self.by_tokens.append(self._line(tokens[0].start))
        keyword = next((i for i, word in enumerate(words) if word in ("theorem", "lemma")), None)
        main = next((i for i, word in enumerate(words) if word in _OTHERS), len(words))
        text = self._cut(tokens[0].start, tokens[-1].end)
        if keyword is not None and keyword < main and (words[0] in _BEFORE or words[0].startswith("/--")):
            self._unparsed_theorem(tokens, keyword, text)
        elif words[-1] == "in":
            self._in = "\n".join(part for part in (self._in, _without_in(text)) if part)
        elif words[0] == "namespace" and len(words) > 1:
            self._open(words[1], text)
        elif "section" in words[:2]:
            self._open("", text)
        elif words[0] == "end":
            self._close(text)
        else:
            self._context.append(text)

    def _unparsed_theorem(self, tokens: list[Token], keyword: int, text: str) -> None:
        line = self._line(tokens[keyword].start)
        lines = {
            i
            for i, t in enumerate(tokens)
            if not self.text[self.text.rfind(b"\n", 0, t.start) + 1 : t.start].strip()
        }
        parts = theorem_parts(tokens, keyword, lines)
        if parts is None:
            self.faults.append(f"line {line}: {' '.join(text.split())[:60]}…: no `:=` ends the statement")
            return
        name, head_end, proof = parts
        doc = next((t.text for t in tokens[:keyword] if t.text.startswith("/--")), "")
        self._add(
            tokens[name].text,
            (tokens[keyword].start, tokens[head_end].end),
            tokens[name].end,
            "" if proof is None else block(self.text, tokens[proof].start, tokens[-1].end),
            docstring(doc),
            False,
        )


@dataclass(frozen=True)
class Token:
    """A token by its place in the text (bytes)."""

    start: int
    end: int
    text: str


#: Words after which a later `theorem` is not the command's own.
_OTHERS = frozenset(
    [
        "def",
        "abbrev",
        "example",
        "instance",
        "structure",
        "class",
        "inductive",
        "axiom",
        "opaque",
        "open",
        "namespace",
        "section",
        "end",
        "variable",
        "universe",
        "set_option",
        "attribute",
        "notation",
        "macro",
        "syntax",
    ]
)
#: What a theorem's command may begin with, besides a docstring.
_BEFORE = frozenset(
    [
        "theorem",
        "lemma",
        "@[",
        "private",
        "protected",
        "noncomputable",
        "unsafe",
        "partial",
        "nonrec",
        "local",
        "scoped",
        "public",
        "meta",
    ]
)
_OPENING = tuple("([{⟨⦃⟦⌊⌈")
_CLOSING = tuple(")]}⟩⦄⟧⌋⌉")


def theorem_parts(
    tokens: Sequence[Token], keyword: int, first: Collection[int] = ()
) -> tuple[int, int, int | None] | None:
    """Where in the tokens of a theorem its name stands, its head ends and its proof begins (None: it has none).

    The head ends before the first `:=` outside of brackets that is not that of a `let` or `have` within the type, or
    before `where`, or equations: a `|` that is the first token of a line (`first`), unless a `match` in the type has it.
    None if there is no such place.
    """
    depth = pending = 0
    match = False
    for i in range(keyword + 2, len(tokens)):
        word = tokens[i].text
        if word.startswith(_CLOSING):  # `]'` among them
            depth -= 1
        if word.endswith(_OPENING):  # `#[`, `![` among them
            depth += 1
        if depth:
            continue
        if word in ("let", "have", "letI", "haveI"):
            pending += 1
        elif word == "match":
            match = True
        elif word == "where" or (word == "|" and i in first and not match):
            return keyword + 1, i - 1, i
        elif word == ":=":
            if pending:
                pending -= 1
            else:
                return keyword + 1, i - 1, i + 1 if i + 1 < len(tokens) else None
    return None


def block(text: bytes, start: int, end: int) -> str:
    """A part of a source. If it begins a line, its lines keep their columns in relation to each other: Lean reads
    them (`let x := a` and what follows it would otherwise become one application)."""
    part = text[start:end].decode("utf-8")
    line = text[text.rfind(b"\n", 0, start) + 1 : start]
    if line.strip():
        return part
    first, *rest = part.split("\n")
    indent = len(line)
    return "\n".join([first, *(row[indent:] if not row[:indent].strip() else row for row in rest)])


def docstring(comment: str) -> str:
    """The text of `/-- … -/`."""
    return comment.removeprefix("/--").removesuffix("-/").strip()


def _without_in(text: str) -> str:
    return text.strip().removesuffix("in").rstrip()
