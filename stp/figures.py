"""SVG figures with matplotlib, an extra: the same values give the same file."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from stp.errors import StpError
from stp.files import whole

INSTALL = "pip install matplotlib"


def draw(path: Path, size: tuple[float, float], paint: Callable[[Any], None]) -> None:
    """Have `paint` fill a new figure of this size, in inches, and write it to `path`. Raises StpError, which names the
    command, if matplotlib is not installed."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise StpError(
            f"{path.name} is not drawn, for matplotlib is not installed; install it with: {INSTALL}"
        ) from None
    # a salt, and no date: the same result is the same file
    with matplotlib.rc_context({"svg.hashsalt": "stp", "font.size": 9}):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    with whole(path) as stream:
        stream.write(text.getvalue())
