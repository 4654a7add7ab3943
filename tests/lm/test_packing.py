from __future__ import annotations

import random
from array import array

import pytest

from stp.lm import packing
from stp.lm.packing import Row


def row(size: int, name: int = 0, weight: float = 1.0) -> Row:
    return Row(array("i", [name] * size), 1, weight)


@pytest.fixture
def rows() -> list[Row]:
    sizes = random.Random(0)
    return [row(sizes.randint(2, 90), name) for name in range(200)]


def names(lines: list[packing.Line]) -> list[int]:
    return sorted(row.ids[0] for line in lines for row in line)


def test_order_depends_on_the_seed_alone(rows: list[Row]):
    def order(seed: int, tokens: int) -> list[int]:
        return [row.ids[0] for step in packing.steps(rows, tokens, 2, seed) for row in step]

    assert order(3, 500) == order(3, 100) != order(4, 500)
    assert sorted(order(3, 500)) == sorted(list(range(200)) * 2)
    assert order(3, 500)[:200] != order(3, 500)[200:]


def test_steps_are_bounded(rows: list[Row]):
    found = packing.steps(rows, 300, 1, 0)
    assert all(sum(len(row.ids) for row in step) <= 300 for step in found)
    assert [len(step) for step in packing.steps(rows, 1, 1, 0)] == [1] * 200


@pytest.mark.parametrize("how", ["pack", "pad"])
def test_every_row_is_in_one_piece(rows: list[Row], how: packing.Packing):
    found = packing.pieces(rows, 256, how)
    assert names([line for piece in found for line in piece]) == list(range(200))
    assert all(packing.area(piece) <= 256 for piece in found)
    assert packing.pieces([], 256, how) == []


def test_packing_pads_less(rows: list[Row]):
    def padding(how: packing.Packing) -> float:
        area = sum(packing.area(piece) for piece in packing.pieces(rows, 1024, how))
        return 1 - sum(len(row.ids) for row in rows) / area

    assert padding("pack") < 0.02 < padding("pad") < 0.15


def test_a_row_longer_than_the_limit_goes_alone():
    for how in ("pack", "pad"):
        found = packing.pieces([row(3, 1), row(900, 2), row(4, 3)], 4, how)
        assert sorted(names(piece) for piece in found) in ([[1], [2], [3]], [[1, 3], [2]])
        assert max(map(packing.area, found)) == 900


def test_a_long_row_does_not_lengthen_the_lines_of_others():
    found = packing.pieces([row(300, n) for n in range(10)] + [row(5000, 99)], 16384, "pack")
    lines = sorted(packing.width(line) for piece in found for line in piece)
    assert lines == [300] * 10 + [5000]


@pytest.mark.parametrize("how", ["pack", "pad"])
def test_shares_are_equally_long_and_lose_nothing(rows: list[Row], how: packing.Packing):
    shares = packing.shares(rows[:50], 256, how, 3)
    assert len({len(share) for share in shares}) == 1
    kept = [[row for row in line if row.weight] for share in shares for piece in share for line in piece]
    assert names(kept) == list(range(50))
    loads = [sum(packing.area(piece) for piece in share) for share in shares]
    assert max(loads) < 1.3 * min(loads)
    assert packing.shares(rows, 256, how, 1) == [packing.pieces(rows, 256, how)]


def test_processes_without_a_row_get_one_of_no_weight():
    shares = packing.shares([row(5, 7)], 256, "pad", 3)
    found = [
        (row.ids[0], row.weight) for share in shares for piece in share for line in piece for row in line
    ]
    assert found == [(7, 1.0), (7, 0.0), (7, 0.0)]
