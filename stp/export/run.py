"""An export from its options to its files."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from stp import __version__, jsonl
from stp.errors import InputError
from stp.export import card, chosen, folder, lean, parquet, recheck
from stp.export.chosen import LeftOut
from stp.export.options import Options
from stp.export.recheck import Recheck
from stp.export.tables import ROWS, split_of
from stp.files import whole
from stp.lean.pool import LeanPool
from stp.progress import Reporter
from stp.store import Store

#: Of a jsonl table: path, table, rows → rows by split.
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Result:
    """What was written. counts: table → split → rows; project: the Lean files."""

    out: Path
    counts: Counts
    recheck: Recheck
    left_out: LeftOut
    trivial: int = 0
    project: lean.Project = field(default_factory=lean.Project)

    def rows(self, table: str) -> int:
        return sum(self.counts[table].values())


OpenPool = Callable[..., contextlib.AbstractContextManager[LeanPool]]


def export(
    campaign: Path,
    options: Options,
    out: Path | None,
    reporter: Reporter,
    *,
    workers: int = 2,
    force: bool = False,
    open_pool: OpenPool = recheck.open_pool,
) -> Result:
    """Write the data set that `options` describe, out of the campaign in `campaign`, to `out`.

    open_pool: where workers come from, for those that have some.

    Raises CampaignError if there is no campaign or a proof does not stand any more, InputError if the place is taken
    or an option does not fit, LeanMissing or LeanError if proofs cannot be checked: then nothing has been written.
    """
    place = out or options.default_out(campaign)
    with Store.read(campaign) as store:
        if options.format in ("parquet", "hf"):
            parquet.check_installed()
        if not options.single_file:
            folder.check_free(place, force=force)
        elif place.is_dir():
            raise InputError(f"{place} is a folder; --out must name a file for a single table of JSON lines.")
        with chosen.snapshot(store):
            return _export(store, options, place, reporter, partial(open_pool, workers=workers), force)


def _export(
    store: Store, options: Options, out: Path, reporter: Reporter, open_pool: OpenPool, force: bool
) -> Result:
    with reporter.work("choosing proofs") as advance:
        left_out = chosen.choose(store, options, lambda done: advance(done, f"{done:,} looked at"))
    trivial = _drop_trivial(store, reporter, open_pool) if options.no_trivial else 0
    count = int(store.value("select count(*) from chosen"))
    with contextlib.ExitStack() as stack:
        pool: LeanPool | None = None
        done = Recheck("skipped")
        if options.recheck:
            done = Recheck("nothing")
            if options.vouches and count:
                as_files = recheck.FILE_TIMEOUT if options.format == "lean" else 0.0
                pool = stack.enter_context(open_pool(store, timeout=as_files))
                with reporter.work("checking proofs again", count) as advance:
                    done = recheck.recheck(store, pool, advance)
                _tell(reporter, done)
        if options.single_file:
            counts = {options.tables[0]: _write_lines(store, options.tables[0], options, out, reporter)}
            return Result(out, counts, done, left_out, trivial)
        return _write_folder(
            store, options, out, reporter, pool, Result(out, {}, done, left_out, trivial), force
        )


def _tell(reporter: Reporter, done: Recheck) -> None:
    reporter.say(f"{done.proofs:,} proofs checked again: every one stands")
    if done.elsewhere:
        reporter.say(
            f"the Lean at hand is not the campaign's ({'; '.join(done.differences)}); the card says so"
        )


def _drop_trivial(store: Store, reporter: Reporter, open_pool: OpenPool) -> int:
    """Take the statements out that a single tactic proves; how many."""
    statements = [
        row["statement"]
        for row in store.rows(
            "select statement from chosen union select e.statement from eligible e "
            "join statements s on s.id = e.statement where s.source = 'conjecture' order by 1"
        )
    ]
    if not statements:
        return 0
    with (
        open_pool(store, heartbeats=recheck.TRIVIAL_HEARTBEATS) as pool,
        reporter.work("looking for trivial statements", len(statements)) as advance,
    ):
        found = list(recheck.trivial(store, pool, statements, advance))
    chosen.drop(store, found)
    reporter.say(f"{len(found):,} of {len(statements):,} statements are trivial and left out")
    return len(found)


def _write_folder(
    store: Store,
    options: Options,
    out: Path,
    reporter: Reporter,
    pool: LeanPool | None,
    result: Result,
    force: bool,
) -> Result:
    counts: Counts = {}
    project = lean.Project()

    def fill(place: Path) -> None:
        nonlocal project
        if options.format == "lean":
            total = int(store.value("select count(*) from chosen"))
            with reporter.work("writing Lean files", total) as advance:
                project = lean.write(store, place, pool, advance)
            chosen.drop_proofs(store, project.refused)
            splits = store.rows("select s.split from chosen c join statements s on s.id = c.statement")
            counts["proofs"] = dict(Counter(split_of("failures", row) for row in splits))
        else:
            for table in options.tables:
                counts[table] = _WRITERS[options.format](store, table, options, place, reporter)
        facts = card.Facts(options, counts, result.recheck, result.left_out, result.trivial, project.refused)
        card.write(place, card.card(store, facts))
        folder.add_manifest(place, _manifest(store, options, result, counts))

    folder.write(out, fill, force=force)
    return Result(out, counts, result.recheck, result.left_out, result.trivial, project)


def _manifest(store: Store, options: Options, result: Result, counts: Counts) -> dict[str, Any]:
    return {
        "stp": __version__,
        "format": options.format,
        **card.title_and_config(store),
        "filters": options.filters(),
        "counts": counts,
        "recheck": asdict(result.recheck),
    }


# --- one table ----------------------------------------------------------------------------------------------


def _write_lines(
    store: Store, table: str, options: Options, path: Path, reporter: Reporter
) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with whole(path) as stream:
        for row in _told(table, ROWS[table](store, options), reporter):
            stream.write(jsonl.line(row) + "\n")
            counts[split_of(table, row)] += 1
    return dict(counts)


def _told(table: str, rows: Iterable[dict[str, Any]], reporter: Reporter) -> Iterable[dict[str, Any]]:
    with reporter.work(f"writing {table}") as advance:
        for done, row in enumerate(rows, 1):
            yield row
            if done % 1000 == 0:
                advance(done, f"{done:,} rows")


_Writer = Callable[[Store, str, Options, Path, Reporter], dict[str, int]]

_WRITERS: dict[str, _Writer] = {
    "jsonl": lambda store, table, options, place, reporter: _write_lines(
        store, table, options, place / f"{table}.jsonl", reporter
    ),
    "parquet": lambda store, table, options, place, reporter: parquet.write_one(
        place / f"{table}.parquet", table, _told(table, ROWS[table](store, options), reporter)
    ),
    "hf": lambda store, table, options, place, reporter: parquet.write_shards(
        place / "data" / table, table, _told(table, ROWS[table](store, options), reporter)
    ),
}
