"""The figures as tables for people."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stp.evaluation.result import Row
from stp.progress import Reporter


def title(result: Row) -> str:
    """What was evaluated on what: under the data set's own name, with what is left out of it."""
    data = result["data"]
    told = ":".join(part for part in (data["name"], data["split"]) if part)
    parts = [f"the first {data['limit']} statements"] if data["limit"] else []
    parts += [f"shard {data['shard']}"] if data["shard"] else []
    return f"{result['model']['name']} on {told}" + (f" ({', '.join(parts)})" if parts else "")


def part(result: Row) -> str:
    """Says that the data set is a part of a benchmark; empty if it is none."""
    card = result["data"]["card"]
    return f"a part of {card['part_of']}: {card.get('note', '')}".rstrip(": ") if card.get("part_of") else ""


def heading(result: Row) -> str:
    """The title of a figure, which may be seen without what stands beneath the table."""
    of = result["data"]["card"].get("part_of")
    return f"{title(result)}{f', a part of {of}' if of else ''}"


def notes(result: Row) -> list[str]:
    """The lines beneath the table."""
    totals, seconds = result["totals"], result["seconds"]
    lines = [part(result)] if part(result) else []
    lines.append(
        f"{result['proved']} of {result['evaluated']} statements proved in {result['samples']} samples each"
        + (f"; {n} not evaluated: they do not elaborate here" if (n := len(result["not_evaluated"])) else "")
    )
    lines.append(
        f"{totals['samples']:,} samples, {totals['distinct_proofs']:,} distinct proofs, {totals['tokens']:,} tokens; "
        f"{totals['truncated']:,} truncated, {totals['unparsable']:,} no proof"
    )
    lines.append(
        f"{seconds.get('sampling', 0):.0f} s of sampling, {seconds.get('lean', 0):.0f} s of Lean (side by side)"
    )
    return lines


def show(result: Row, console: Console) -> None:
    view = _table(title(result))
    for name in (
        "k",
        "pass@k",
        f"{result['interval']['level']:.0%} interval",
        "blocks: mean ± std",
        "blocks",
    ):
        view.add_column(name, justify="right", no_wrap=True)
    for row in result["pass_at_k"]:
        std = "–" if row["block_std"] is None else percent(row["block_std"])
        view.add_row(
            f"{row['k']:,}",
            percent(row["value"]),
            f"{percent(row['low'])} – {percent(row['high'])}",
            "–" if row["block_mean"] is None else f"{percent(row['block_mean'])} ± {std}",
            f"{row['blocks']:,}",
        )
    console.print(view)
    for line in notes(result):
        console.print(Text(line), soft_wrap=True)
    for row in result["pass_at_k"]:
        if row["statements"] < result["evaluated"]:
            left = result["evaluated"] - row["statements"]
            console.print(
                f"pass@{row['k']} leaves out {left} statements with fewer than {row['k']} decided samples"
            )


def show_comparison(row: Row, console: Console, names: bool) -> None:
    """names: print those of the statements gained and lost."""
    a, b = row["a"], row["b"]
    console.print(Text(f"A  {a['model']['name']} on {a['data']}, {a['samples']} samples"), soft_wrap=True)
    console.print(Text(f"B  {b['model']['name']} on {b['data']}, {b['samples']} samples"), soft_wrap=True)
    view = _table("")
    for column in ("k", "A", "B", "B − A", "95 % interval", "statements"):
        view.add_column(column, justify="right", no_wrap=True)
    for line in row["pass_at_k"]:
        d = line["difference"]
        view.add_row(
            f"{line['k']:,}",
            percent(line["a"]["value"]),
            percent(line["b"]["value"]),
            percent(d["value"], sign=True),
            f"{percent(d['low'], sign=True)} … {percent(d['high'], sign=True)}",
            str(d["statements"]),
        )
    console.print(view)
    console.print(
        f"{row['statements']} statements in both, {row['only_in_a']} in A only, {row['only_in_b']} in B only; "
        f"{len(row['gained'])} gained, {len(row['lost'])} lost",
        soft_wrap=True,
    )
    for label in ("gained", "lost") if names else ():
        for name in row[label]:
            console.print(Text(f"{label}: {name}"), soft_wrap=True)


def percent(value: Any, sign: bool = False) -> str:
    return "–" if value is None or value != value else f"{100 * value:{'+' if sign else ''}.1f} %"


def console() -> Console:
    """Standard output, as wide as a log's reader expects."""
    return Reporter().console


def _table(name: str) -> Table:
    return Table(
        title=Text(name) if name else None, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD
    )
