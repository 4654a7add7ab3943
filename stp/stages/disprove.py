"""Find false statements of the data set, so that no more samples are spent on them. Not in the paper."""

from __future__ import annotations

from collections.abc import Mapping

from stp.lean.disprove import disprove as find
from stp.records import Check, head_of
from stp.stages import standing
from stp.stages.context import Context

#: Statements between two writes.
BLOCK = 64


def refute(context: Context, heads: Mapping[str, str]) -> dict[str, str]:
    """Of these statements (id → head) those that Lean has accepted a proof of the negation of, with that proof. The domain's
    own ways first; what they find is not tried in the others."""
    own = context.accepted(
        [
            Check(id, head, proof, negated=True)
            for id, head in heads.items()
            for proof in context.config.data.refuters
        ]
    )
    return own | find([(id, head) for id, head in heads.items() if id not in own], context.pool)


def disprove(context: Context, iteration: int) -> None:
    """Look for proofs of the negations of statements that are still open behind `iteration`. Each that was looked at is
    written down, those that nothing was found for with an empty proof."""
    store = context.store
    done = standing.proved(context, iteration + 1)
    targets = [id for id in standing.data_set(context) if id not in done]
    looked = {row["statement"] for row in store.rows("select statement from refutations")}
    left = [id for id in targets if id not in looked]
    rests = {
        row["id"]: row["rest"] for row in store.rows("select id, rest from statements where split = 'train'")
    }
    with (
        context.clock(iteration, "disprove", "lean"),
        context.reporter.work("disproving", len(targets)) as advance,
    ):
        for start in range(0, len(left), BLOCK):
            context.stop.check()
            block = left[start : start + BLOCK]
            found = refute(context, {id: head_of(rests[id]) for id in block})
            with store.transaction():
                store.add(
                    "refutations",
                    [
                        {
                            "statement": id,
                            "environment": context.environment,
                            "proof": found.get(id, ""),
                            "iteration": iteration,
                        }
                        for id in block
                    ],
                )
            advance(len(targets) - len(left) + start + len(block), "")
    count = len(standing.refuted(context, iteration + 1))
    with store.transaction():
        store.finish(iteration, "disprove", {"statements": len(targets), "refuted": count})
    context.reporter.say(f"disproved: {count} of {len(targets)} unproved statements of the data set")
