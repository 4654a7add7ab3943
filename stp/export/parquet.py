"""Rows into Parquet, the same bytes for the same rows."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import InputError
from stp.export import INSTALL
from stp.export.tables import FIELDS, Row, split_of

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.parquet as pq

#: Rows in a row group, and with that in memory.
_GROUP = 20_000
#: Rows in one file of a Hugging Face data set.
SHARD = 1_000_000


def check_installed() -> None:
    """Raises InputError with the command that installs what is missing."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ModuleNotFoundError as missing:
        raise InputError(
            f"Parquet needs the extra `hf` (pyarrow and datasets), which is not installed. Install it with: {INSTALL}"
        ) from missing


def write_one(path: Path, table: str, rows: Iterable[Row]) -> dict[str, int]:
    """All rows in the file `path`, which is there also if there are none. Rows by split."""
    counts: Counter[str] = Counter()
    with _writer(path, table) as writer:
        for block in _blocks(rows):
            counts.update(split_of(table, row) for row in block)
            _put(writer, block)
    return dict(counts)


def write_shards(folder: Path, table: str, rows: Iterable[Row]) -> dict[str, int]:
    """`SPLIT-00000.parquet` and so on in `folder`, at most `SHARD` rows each; none for a split without rows. Rows by
    split."""
    counts: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        open_writers: dict[str, pq.ParquetWriter] = {}
        for block in _blocks(rows):
            for split in sorted({split_of(table, row) for row in block}):
                part = [row for row in block if split_of(table, row) == split]
                number, filled = divmod(counts[split], SHARD)
                while part:
                    if not filled:
                        if split in open_writers:
                            open_writers[split].close()
                        path = folder / f"{split}-{number:05d}.parquet"
                        open_writers[split] = stack.enter_context(_writer(path, table))
                    fits, part = part[: SHARD - filled], part[SHARD - filled :]
                    _put(open_writers[split], fits)
                    counts[split] += len(fits)
                    number, filled = divmod(counts[split], SHARD)
    return dict(counts)


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    todo = iter(rows)
    while block := list(islice(todo, _GROUP)):
        yield block


def _writer(path: Path, table: str) -> pq.ParquetWriter:
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    # no schema of Arrow's own, no default that changes: nothing but the rows decides the bytes
    return pq.ParquetWriter(
        path,
        _schema(FIELDS[table]),
        version="2.6",
        compression="zstd",
        compression_level=3,
        store_schema=False,
    )


def _put(writer: pq.ParquetWriter, rows: list[Row]) -> None:
    import pyarrow

    writer.write_table(pyarrow.Table.from_pylist(rows, schema=writer.schema))


def _schema(fields: dict[str, Any]) -> pyarrow.Schema:
    import pyarrow

    return pyarrow.schema([(name, _type(kind)) for name, kind in fields.items()])


def _type(kind: Any) -> pyarrow.DataType:
    import pyarrow

    if isinstance(kind, dict):
        return pyarrow.struct([(name, _type(inner)) for name, inner in kind.items()])
    plain = {
        "text": pyarrow.string(),
        "texts": pyarrow.list_(pyarrow.string()),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
        "bool": pyarrow.bool_(),
    }
    return plain[kind]
