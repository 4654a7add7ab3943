"""Which statements and proofs an export holds: temporary tables beside one snapshot of the campaign.

The snapshot is one read transaction, so that a campaign that goes on meanwhile changes nothing; the temporary tables
live in a file of SQLite's own, not in the campaign and not in memory.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from stp.data.dataset import HELD_OUT
from stp.errors import CampaignError
from stp.export.options import Options, Range, check_known
from stp.selection import ProofOf, distinct_shortest
from stp.stages.context import DECISIVE_SQL
from stp.store import Store

_BLOCK = 10_000

#: eligible: statements that pass the filters. chosen: their proofs. rate_in, rate: samples that count and correct
#: ones, in one iteration and in all.
_TABLES = (
    "create temp table rate_in (statement text, iteration integer, tries integer, correct integer, "
    "primary key (statement, iteration)) without rowid",
    "create temp table rate (statement text primary key, tries integer, correct integer) without rowid",
    "create temp table eligible (statement text primary key) without rowid",
    "create temp table chosen (statement text, proof text, primary key (statement, proof)) without rowid",
)


@dataclass(frozen=True)
class LeftOut:
    """Verified proofs that are not in the export."""

    equal: int = 0  # up to white space to one that is
    held_out: int = 0  # of statements kept for evaluation


@contextlib.contextmanager
def snapshot(store: Store) -> Iterator[None]:
    """All that is read inside is the campaign at one moment; nothing is written to it."""
    connection = store.db.conn
    connection.execute("begin")
    try:
        yield
    finally:
        connection.rollback()


def choose(store: Store, options: Options, progress: Callable[[int], None] = lambda done: None) -> LeftOut:
    """Fill the temporary tables, inside a `snapshot`; statements proved by one tactic are not looked for here.

    Raises CampaignError if the campaign has not begun, InputError if it knows a wanted split or source not.
    """
    environment = store.meta("environment")
    if not environment:
        raise CampaignError(f"The campaign in {store.folder} has checked nothing yet; let it run first.")
    for option, wanted in (("split", options.splits), ("source", options.sources)):
        there = [row[option] for row in store.rows(f"select distinct {option} from statements order by 1")]
        check_known(f"--{option}", wanted, there)
    connection = store.db.conn
    for sql in _TABLES:
        connection.execute(sql)
    connection.execute(
        "insert into rate_in select a.statement, a.iteration, "
        f"coalesce(sum(a.proof is null or {DECISIVE_SQL}), 0), coalesce(sum(v.outcome = 'proved'), 0) "
        "from attempts a left join verdicts v on v.proof = a.proof and v.environment = ? group by 1, 2",
        (environment,),
    )
    connection.execute("insert into rate select statement, sum(tries), sum(correct) from rate_in group by 1")
    condition, parameters = _of_statements(options)
    connection.execute(
        "insert into eligible select s.id from statements s left join rate r on r.statement = s.id "
        f"where {condition}",
        parameters,
    )
    return LeftOut(
        _choose_proofs(store, environment, options, progress), _held_out(store, environment, options)
    )


def _choose_proofs(store: Store, environment: str, options: Options, progress: Callable[[int], None]) -> int:
    """Fill `chosen`; the number of proofs that equal a chosen one up to white space."""
    condition, parameters = of_proofs(options)
    found = store.rows(
        "select e.statement, p.id, p.text, v.seconds from eligible e cross join proofs p on p.statement = e.statement "
        f"join verdicts v on v.proof = p.id and v.environment = ? where v.outcome = 'proved' and {condition} "
        "order by e.statement",
        environment,
        *parameters,
    )
    equal = done = 0

    def kept() -> Iterator[tuple[str, str]]:
        nonlocal equal, done
        for statement, group in groupby(found, key=lambda row: row["statement"]):
            proofs = {row["text"]: (row["id"], ProofOf(row["text"], row["seconds"] or 0.0)) for row in group}
            distinct = distinct_shortest((proof for _, proof in proofs.values()), len(proofs))
            equal += len(proofs) - len(distinct)
            done += len(proofs)
            progress(done)
            for proof in distinct[: options.per_statement]:
                yield statement, proofs[proof.text][0]

    pairs = kept()
    while block := list(islice(pairs, _BLOCK)):
        store.db.conn.executemany("insert into chosen values (?, ?)", block)
    return equal


def _held_out(store: Store, environment: str, options: Options) -> int:
    """Verified proofs of held-out statements, if none of these were asked for."""
    if set(options.splits) & set(HELD_OUT):
        return 0
    return int(
        store.value(
            "select count(*) from statements s join proofs p on p.statement = s.id "
            "join verdicts v on v.proof = p.id and v.environment = ? "
            f"where v.outcome = 'proved' and s.split in ({_marks(HELD_OUT)})",
            environment,
            *HELD_OUT,
        )
    )


def drop(store: Store, statements: Iterable[str]) -> None:
    """Take statements, and their proofs, out of the export."""
    keys = [(statement,) for statement in statements]
    for table in ("eligible", "chosen"):
        store.db.conn.executemany(f"delete from {table} where statement = ?", keys)


def drop_proofs(store: Store, proofs: Iterable[str]) -> None:
    """Take proofs out of the export."""
    store.db.conn.executemany("delete from chosen where proof = ?", [(proof,) for proof in proofs])


def of_proofs(options: Options) -> tuple[str, list[Any]]:
    """SQL and its parameters: the filters on a proof `p` and its verdict `v`."""
    parts, parameters = _within("v.iteration", options.iteration)
    if options.max_length is not None:
        parts.append("length(p.text) <= ?")
        parameters.append(options.max_length)
    return " and ".join(parts) or "true", parameters


def of_conjectures(options: Options) -> tuple[str, list[Any]]:
    """The same on a conjecture's statement `s`."""
    parts, parameters = _within("s.iteration", options.iteration)
    return " and ".join(parts) or "true", parameters


def _of_statements(options: Options) -> tuple[str, list[Any]]:
    """The same on a statement `s` with its rate `r`."""
    parts, parameters = _within("1.0 * r.correct / r.tries", options.pass_rate)
    if options.pass_rate:
        parts.append("r.tries > 0")
    if options.splits:
        parts.append(f"s.split in ({_marks(options.splits)})")
        parameters += options.splits
    else:
        parts.append(f"s.split not in ({_marks(HELD_OUT)})")
        parameters += HELD_OUT
    if options.sources:
        parts.append(f"s.source in ({_marks(options.sources)})")
        parameters += options.sources
    return " and ".join(parts), parameters


def _within(value: str, wanted: Range | None) -> tuple[list[str], list[Any]]:
    ends = [(">=", wanted.low), ("<=", wanted.high)] if wanted else []
    given = [(sign, end) for sign, end in ends if end is not None]
    return [f"{value} {sign} ?" for sign, _ in given], [end for _, end in given]


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))
