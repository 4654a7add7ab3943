"""Elegancy on cases worked out by hand."""

import pytest

from stp.selection import Elegance, elegant


def ids(kept: list[Elegance]) -> list[str]:
    return [conjecture.id for conjecture in kept]


def test_drops_the_lowest_ratios_and_keeps_the_order():
    # Ratios 2, 0.5, 1, 0.1, 3: the fifth part is one conjecture, two fifths are two.
    given = [
        Elegance("a", 10, 20),
        Elegance("b", 20, 10),
        Elegance("c", 7, 7),
        Elegance("d", 100, 10),
        Elegance("e", 10, 30),
    ]
    assert ids(elegant(given)) == ["a", "b", "c", "e"]
    assert ids(elegant(given, 0.4)) == ["a", "c", "e"]
    assert ids(elegant(given, 0.0)) == ["a", "b", "c", "d", "e"]
    assert elegant(given, 1.0) == []


@pytest.mark.parametrize(
    ("count", "drop", "dropped"),
    [(0, 0.2, 0), (1, 0.2, 0), (4, 0.2, 0), (5, 0.2, 1), (9, 0.2, 1), (10, 0.2, 2), (100, 0.29, 29)],
)
def test_the_share_is_rounded_down(count: int, drop: float, dropped: int):
    given = [Elegance(f"{i:03}", 10, 10 + i) for i in range(count)]
    assert ids(elegant(given, drop)) == [f"{i:03}" for i in range(dropped, count)]


def test_of_equal_ratios_the_smaller_id_goes():
    given = [Elegance(id, 3 * n, n) for n, id in enumerate("ecadb", start=1)]  # all 1/3
    assert ids(elegant(given)) == ["e", "c", "d", "b"]


def test_by_lemma_each_group_loses_its_own_share():
    # The five of lemma x are all less elegant than the five without a lemma; y has too few to lose one.
    given = [
        *(Elegance(f"x{i}", 10, 1 + i, "x") for i in range(5)),
        *(Elegance(f"t{i}", 10, 100 + i) for i in range(5)),
        *(Elegance(f"y{i}", 100, 1, "y") for i in range(4)),
    ]
    by_lemma = set(ids(given)) - set(ids(elegant(given, by_lemma=True)))
    over_all = set(ids(given)) - set(ids(elegant(given)))
    assert by_lemma == {"x0", "t0"}
    assert over_all == {"y0", "y1"}
