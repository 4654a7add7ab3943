"""JSONL that a user gives: every line is read, or its fault is named with its number, and the others go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from stp.errors import InputError

_T = TypeVar("_T")
Row = dict[str, Any]


def read(path: Path, parse: Callable[[int, Row], _T], broken: list[str]) -> Iterator[_T]:
    """What `parse(line's number, its object)` makes of each line that is not blank.

    A line that is no JSON object, or for which `parse` raises ValueError, is listed in `broken`. Raises InputError
    if the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    item = parse(number, _object(line))
                except ValueError as error:
                    broken.append(f"line {number}: {error}")
                    continue
                yield item
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def text(row: Row, key: str) -> str:
    """The text under `key`. Raises ValueError if there is none."""
    value = row.get(key)
    if not isinstance(value, str):
        raise ValueError(f'"{key}" is missing or not a text')
    return value


def header(row: Row) -> str:
    """The header, empty if there is none. Raises ValueError if it is no text."""
    value = row.get("header") or ""
    if not isinstance(value, str):
        raise ValueError('"header" is not a text')
    return value


def value(text: str) -> Any:
    """The JSON value in `text`. Raises ValueError, which says that it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None


def _object(line: bytes) -> Row:
    try:
        row = value(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    return row


def line(row: Row) -> str:
    """`row` as one line that can be written, whatever texts (lone surrogates) it holds."""
    written = json.dumps(row, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(row)
    return written


def one_line(text: str) -> str:
    """`text` as part of a line for people: without line breaks, and not too long."""
    return " ".join(text.split())[:300]
