"""Find false statements of the data set, so that no more samples are spent on them. Not in the paper."""

from __future__ import annotations

from stp.lean.disprove import disprove as find
from stp.records import head_of
from stp.stages import standing
from stp.stages.context import Context


def disprove(context: Context, iteration: int) -> None:
    """Look for proofs of the negations of statements that are still open behind `iteration`."""
    store = context.store
    targets = standing.unproved(context, iteration + 1)
    rests = {row["id"]: row["rest"] for row in store.rows("select id, rest from statements")}
    with (
        context.clock(iteration, "disprove", "lean"),
        context.reporter.work("disproving", len(targets)) as advance,
    ):
        done = 0
        for start in range(0, len(targets), BLOCK):
            context.stop.check()
            block = targets[start : start + BLOCK]
            found = find([(id, head_of(rests[id])) for id in block], context.pool)
            with store.transaction():
                store.add(
                    "refutations",
                    [
                        {
                            "statement": id,
                            "environment": context.environment,
                            "proof": proof,
                            "iteration": iteration,
                        }
                        for id, proof in found.items()
                    ],
                )
            done += len(block)
            advance(done, "")
    count = len(standing.refuted(context, iteration + 1))
    with store.transaction():
        store.finish(iteration, "disprove", {"statements": len(targets), "refuted": count})
    context.reporter.say(
        f"disproved: {count} of {len(targets)} unproved statements of the data set are false"
    )


#: Statements between two writes.
BLOCK = 64
