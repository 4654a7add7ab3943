"""A tactic proof put together again from the steps that were recorded of it.

LeanDojo records each tactic with the text of the proof state before and after it, in the order of the source, nested
tactics behind the one that holds them; it leaves out every tactic with a `·` in it, but not what stands behind the dot.
"""

from __future__ import annotations

from collections.abc import Sequence

#: (tactic, state before, state after)
Step = tuple[str, str, str]

DONE = "no goals"


def rebuild(steps: Sequence[Step]) -> str:
    """`by` and the tactics, indented by two; "" if the recorded states do not lead from the theorem's one goal to
    the next and on until no goal is left, with every step used.

    A step that begins with the first of several goals alone opens a `·` block. A step whose text stands in that of
    the tactic before it is part of it.
    """
    if not steps:
        return ""
    goal = steps[0][1]
    # A theorem begins with one goal without a tag; others belong to a tactic that was left out.
    if goal == DONE or goal.startswith("case ") or "\n\n" in goal:
        return ""
    lines: list[str] = []
    end, last = _prove(steps, 0, goal, "", lines)
    while end is not None and end < len(steps) and _nested(steps[end][0], last):
        end += 1
    return "by\n" + "\n".join("  " + line for line in lines) if end == len(steps) else ""


def _prove(steps: Sequence[Step], at: int, state: str, last: str, lines: list[str]) -> tuple[int | None, str]:
    """Append the tactics that close `state`, beginning with step `at`, which `last` stands before. The step behind
    them, None if they do not close it, and the last tactic."""
    while state != DONE:
        first, _, others = state.partition("\n\n")
        while at < len(steps) and steps[at][1] not in ((state, first) if others else (state,)):
            if not _nested(steps[at][0], last):
                return None, last
            at += 1
        if at == len(steps):
            return None, last
        tactic, before, after = steps[at]
        if before == state:
            lines.extend(tactic.splitlines())
            state, at, last = after, at + 1, tactic
            continue
        block: list[str] = []
        end, last = _prove(steps, at, first, last, block)
        if end is None:
            return None, last
        lines.extend(("  " if i else "· ") + line for i, line in enumerate(block))
        state, at = others, end
    return at, last


def _nested(tactic: str, parent: str) -> bool:
    """Whether the tactic's text is a part of `parent`."""
    inner, outer = " ".join(tactic.split()), " ".join(parent.split())
    return inner in outer and inner != outer
