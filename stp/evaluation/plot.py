"""The curve of pass@k over k, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stp import figures

FILE = "pass_at_k.svg"


def draw(path: Path, result: dict[str, Any], title: str) -> None:
    """Draw the `curve` of a result as SVG. Raises StpError, which names the command, if matplotlib is not installed."""
    points = [point for point in result["curve"] if point["value"] is not None]
    ks = [point["k"] for point in points]

    def paint(figure: Any) -> None:
        axes = figure.add_subplot()
        low, high = ([100 * point[end] for point in points] for end in ("low", "high"))
        level = result["interval"]["level"]
        axes.fill_between(
            ks, low, high, alpha=0.2, linewidth=0, label=f"{level:.0%} interval over statements"
        )
        axes.plot(ks, [100 * point["value"] for point in points], marker="o" if len(ks) < 20 else None)
        axes.set_xscale("log", base=2)
        axes.set_xlim(min(ks), max(*ks, 2))
        axes.set_ylim(0, min(100.0, max(5.0, 1.15 * max(high))))
        ticks = [2**i for i in range(max(ks).bit_length())]
        step = max(1, len(ticks) // 9)
        axes.set_xticks(ticks[::step], [f"{k:,}" for k in ticks[::step]])
        axes.set_xlabel("k (samples)")
        axes.set_ylabel("pass@k (%)")
        axes.set_title(title, fontsize=9, loc="left")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left", frameon=False)

    figures.draw(path, (5.2, 3.4), paint)
