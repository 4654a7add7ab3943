"""What a user asks of `stp export`: format, tables and filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from stp.errors import InputError

Format = Literal["jsonl", "parquet", "hf", "lean"]
FORMATS: tuple[str, ...] = get_args(Format)
#: In the order in which they are written. `undecided` holds what must never be taken for a failure.
TABLES = ("proofs", "conjectures", "preferences", "failures", "undecided")
#: Tables whose proofs the data set vouches for.
VERIFIED = ("proofs", "preferences")

_RANGE = re.compile(r"(?P<low>[0-9.]*?)(?P<dots>\.\.)(?P<high>[0-9.]*)")


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included; None: no end on that side."""

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        return "..".join("" if end is None else f"{end:g}" for end in (self.low, self.high))


@dataclass(frozen=True)
class Options:
    """One export. Empty `splits`: all but those that are held out; empty `sources`: all.

    iteration: in which the proof was checked or the conjecture made. pass_rate: of the statement, over all iterations;
    a statement without samples has none and is left out. max_length: characters of a proof. per_statement: proofs
    distinct up to white space, the shortest first. pairs: preferences of one statement.
    """

    format: Format = "jsonl"
    tables: tuple[str, ...] = ("proofs",)
    iteration: Range | None = None
    pass_rate: Range | None = None
    max_length: int | None = None
    per_statement: int | None = None
    no_trivial: bool = False
    splits: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    pairs: int = 4
    recheck: bool = True

    @property
    def single_file(self) -> bool:
        return self.format == "jsonl" and len(self.tables) == 1

    @property
    def vouches(self) -> bool:
        """Whether proofs stand in it that must be verified."""
        return any(table in VERIFIED for table in self.tables)

    def default_out(self, campaign: Path) -> Path:
        if self.single_file:
            return campaign / f"{self.tables[0]}.jsonl"
        return campaign / "export" / self.format

    def filters(self) -> dict[str, Any]:
        """What was asked for besides the defaults, by the names of the command's options."""
        given = {
            "iteration": self.iteration and str(self.iteration),
            "pass-rate": self.pass_rate and str(self.pass_rate),
            "max-length": self.max_length,
            "proofs-per-statement": self.per_statement,
            "no-trivial": self.no_trivial or None,
            "split": list(self.splits) or None,
            "source": list(self.sources) or None,
        }
        return {name: value for name, value in given.items() if value is not None}


def parse_range(text: str, option: str, *, whole_numbers: bool = False) -> Range:
    """`A..B`, `A..`, `..B`, or `A` for A alone. Raises InputError if it is none, or empty."""
    found = _RANGE.fullmatch(text.strip())
    ends = [found["low"], found["high"]] if found else [text.strip()] * 2
    try:
        low, high = (None if not end and found else float(end) for end in ends)
    except ValueError:
        raise InputError(f"{option} {text!r} is no range; write A..B, A.., ..B or a single number.") from None
    for end in (low, high):
        if whole_numbers and end is not None and end != int(end):
            raise InputError(f"{option} {text!r} is no range of whole numbers.")
    if low is not None and high is not None and low > high:
        raise InputError(f"{option} {text!r} is empty: {low:g} is above {high:g}.")
    return Range(low, high)


def parse_tables(text: str | None, format: str) -> tuple[str, ...]:
    """The tables of a comma-separated list, in the order of `TABLES`; without one, all for Parquet and proofs elsewhere.

    Raises InputError for an unknown one, or one that the format cannot hold.
    """
    if text is None:
        return TABLES if format in ("parquet", "hf") else ("proofs",)
    wanted = {part.strip() for part in text.split(",") if part.strip()}
    known = ", ".join(TABLES)
    if unknown := sorted(wanted - set(TABLES)):
        raise InputError(f"There is no table {unknown[0]!r}; there are: {known}.")
    if not wanted:
        raise InputError(f"--tables names none; there are: {known}.")
    if format == "lean" and wanted != {"proofs"}:
        raise InputError("A Lean project holds proofs only; leave --tables out, or choose another --format.")
    return tuple(table for table in TABLES if table in wanted)


def check_known(option: str, wanted: Sequence[str], there: Sequence[str]) -> None:
    """Raises InputError if the campaign has no statement of a split or source that was asked for."""
    for name in wanted:
        if name not in there:
            raise InputError(
                f"The campaign has no statement with {option} {name!r}; there are: {', '.join(there) or 'none'}."
            )
