"""How tokenised examples are laid out for a training: an epoch of steps, a step of pieces, a piece of lines.

A *step* is what one gradient is taken over, a *piece* what goes through the model at once, a *line* one row of a
piece's matrix. "pad" lays one example on a line, beside others of like length; "pack" lays several behind one
another, and the model's attention must keep them apart (`stp.lm.loss`). Pure: no torch, no files.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

Packing = Literal["pack", "pad"]
Item = TypeVar("Item")

#: Tokens on a packed line; a longer example has one for itself. Attention with a block-diagonal mask costs as much as
#: if the line were one text: about line / (6 * width) of the other products, 2 % for a model of 7 billion parameters.
LINE_TOKENS = 512


@dataclass(frozen=True)
class Row:
    """A tokenised example. The model learns `ids[start:]` from what stands before; `start` is at least 1."""

    ids: array[int]
    start: int
    weight: float

    @property
    def learnt(self) -> int:
        return len(self.ids) - self.start


Line = list[Row]
Piece = list[Line]


def width(line: Line) -> int:
    """The line's tokens."""
    return sum(len(row.ids) for row in line)


def area(piece: Piece) -> int:
    """The tokens of the piece, padding included."""
    return len(piece) * max(map(width, piece))


def steps(rows: Sequence[Row], tokens: int, epochs: int, seed: int) -> list[list[Row]]:
    """All epochs: the rows in an order that depends on `seed` alone, cut into steps of at most `tokens` tokens,
    padding not counted (at least one row)."""
    order = random.Random(seed)
    return [step for _ in range(epochs) for step in _epoch(rows, tokens, order)]


def _epoch(rows: Sequence[Row], tokens: int, order: random.Random) -> Iterator[list[Row]]:
    shuffled = list(rows)
    order.shuffle(shuffled)
    step: list[Row] = []
    size = 0
    for row in shuffled:
        if step and size + len(row.ids) > tokens:
            yield step
            step, size = [], 0
        step.append(row)
        size += len(row.ids)
    yield step


def pieces(rows: Sequence[Row], limit: int, packing: Packing) -> list[Piece]:
    """The rows in pieces of at most `limit` tokens, padding included, or one line."""
    if packing == "pad":
        return list(by_length(([row] for row in rows), width, limit))
    return list(by_length(_packed(rows, min(limit, LINE_TOKENS)), width, limit))


def shares(step: Sequence[Row], limit: int, packing: Packing, count: int) -> list[list[Piece]]:
    """The step's pieces, shared out to `count` processes: equally many for each, since they go through the model
    together. What is missing is made up by a line of weight 0, which adds nothing to any sum."""
    if count == 1:
        return [pieces(step, limit, packing)]
    dealt: list[list[Row]] = [[] for _ in range(count)]
    sizes = [0] * count
    for row in sorted(step, key=_length, reverse=True):
        emptiest = sizes.index(min(sizes))
        dealt[emptiest].append(row)
        sizes[emptiest] += len(row.ids)
    cut = [pieces(share, limit, packing) for share in dealt]
    most = max(map(len, cut))
    idle: Piece = [[replace(min(step, key=_length), weight=0.0)]]
    return [share + [idle] * (most - len(share)) for share in cut]


def _packed(rows: Iterable[Row], length: int) -> Iterator[Line]:
    """Lines of at most `length` tokens, or one row: the longest rows first, each on the first line with room for it."""
    lines: list[Line] = []
    room: list[int] = []
    for row in sorted(rows, key=_length, reverse=True):
        size = len(row.ids)
        place = next((n for n, left in enumerate(room) if left >= size), None)
        if place is None:
            lines.append([row])
            room.append(length - size)
        else:
            lines[place].append(row)
            room[place] -= size
    yield from lines


def by_length(items: Iterable[Item], length: Callable[[Item], int], limit: int) -> Iterator[list[Item]]:
    """The items, shortest first, cut into lists that take at most `limit` when each is padded to the longest of its
    list, or into one item."""
    piece: list[Item] = []
    for item in sorted(items, key=length):
        if piece and length(item) * (len(piece) + 1) > limit:
            yield piece
            piece = []
        piece.append(item)
    if piece:
        yield piece


def _length(row: Row) -> int:
    return len(row.ids)
