"""What a user may ask for."""

import pytest

from stp.errors import InputError
from stp.export.options import TABLES, Range, parse_range, parse_tables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..3", Range(1, 3)),
        ("2..", Range(2, None)),
        ("..0.5", Range(None, 0.5)),
        ("0.25", Range(0.25, 0.25)),
        ("..", Range()),
    ],
)
def test_ranges(text: str, expected: Range) -> None:
    assert parse_range(text, "--x") == expected


@pytest.mark.parametrize("text", ["", "a..b", "1...2", "1-2", "3..1", "1.2.3"])
def test_what_is_no_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputError, match="--pass-rate"):
        parse_range(text, "--pass-rate")


def test_iterations_are_whole() -> None:
    with pytest.raises(InputError, match="whole"):
        parse_range("1..2.5", "--iteration", whole_numbers=True)


def test_tables_in_their_own_order_and_by_format() -> None:
    assert parse_tables(" failures, proofs", "jsonl") == ("proofs", "failures")
    assert parse_tables(None, "jsonl") == parse_tables(None, "lean") == ("proofs",)
    assert parse_tables(None, "hf") == TABLES


@pytest.mark.parametrize(("text", "format"), [("proof", "hf"), (" ,", "hf"), ("failures", "lean")])
def test_tables_that_cannot_be_are_refused(text: str, format: str) -> None:
    with pytest.raises(InputError, match=r"table|--tables|Lean project"):
        parse_tables(text, format)
