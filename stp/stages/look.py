"""A first look at a model: what it proves of a few familiar statements."""

from __future__ import annotations

import contextlib
from pathlib import Path

from stp.records import Check, head_of
from stp.stages.context import Context, one_line

#: As the text after a theorem's name.
FAMILIAR = (
    "(a b : Nat) : a + b = b + a",
    "(p q : Prop) : p ∧ q → q ∧ p",
    "(x y : Int) (h : x < y) : x + 1 ≤ y",
    "(xs : List Nat) : xs ++ [] = xs",
    "(a b c : Nat) (h : a ≤ b) : a + c ≤ b + c",
    "(p q : Prop) : ¬(p ∨ q) ↔ ¬p ∧ ¬q",
)
#: Samples of each.
SAMPLES = 16
#: Longest proof, in tokens.
MAX_TOKENS = 64


def look(context: Context, folder: Path) -> int:
    """Sample proofs of the familiar statements from the model in `folder`, have Lean check them, and show the shortest
    correct one of each. Returns how many statements it proved; nothing is kept."""
    from stp.lm.sampler import SampleRequest, Sampling

    layout = context.format
    requests = [
        SampleRequest(
            layout.prover_prompt(rest), tuple(context.seed("look", rest, copy) for copy in range(SAMPLES))
        )
        for rest in FAMILIAR
    ]
    with contextlib.closing(context.sampler(folder)) as sampler:
        drawn = list(sampler.sample(requests, Sampling(1.0, 1.0, MAX_TOKENS, layout.stop)))
    jobs = [
        Check(str(sample.request), head_of(FAMILIAR[sample.request]), proof)
        for sample in sorted(drawn, key=lambda s: (s.request, s.copy))
        if (proof := layout.proof_of(FAMILIAR[sample.request], sample.text, sample.truncated))
    ]
    best: dict[int, Check] = {}
    for job, verdict in context.pool.check(jobs):
        if verdict.proved:
            known = best.get(int(job.id), job)
            best[int(job.id)] = min(known, job, key=lambda j: (len(j.proof), j.proof))
    context.reporter.say(
        f"a first look: {len(best)} of {len(FAMILIAR)} familiar statements proved in {SAMPLES} samples, Lean agrees"
    )
    for number in sorted(best):
        context.reporter.say(f"  {one_line(best[number].statement, best[number].proof)}")
    return len(best)
