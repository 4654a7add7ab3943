"""Ten thousand inputs that are no proofs: the pool must take them all and be as well as before."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from stp.lean import selftest, toolchain
from stp.lean.pool import MAX_TEXT, LeanPool
from stp.records import Check

pytestmark = pytest.mark.lean

FALSE = "theorem t (n : Nat) (h : n < 7) : n = n + 1"
COUNT = int(os.environ.get("STP_FUZZ", "3000"))  # STP_FUZZ=10000: as many as were tried once
#: Every so many inputs one of those that need the elaborator or the parser at length.
HEAVY_EVERY = 100
WORDS = str.split(
    "by simp omega rfl intro h exact fun => match with | induction cases rw [ ] ( ) { } ⟨ ⟩ , : := ; . · <;> ∀ ∃ λ → ↔ ∧ ∨ ¬ = ≤ "
    "have show from at this let in if then else do calc _ ?_ @ $ % # ! ` ' \" \\ / - -- /- -/ 0 1 0x1F 1e5 .. ... «t» t n Nat "
    "theorem end namespace open where termination_by decreasing_by sorry Type Sort Prop set_option"
)


def _bytes(draw: random.Random) -> str:
    return bytes(draw.randrange(256) for _ in range(draw.randrange(1, 200))).decode("latin-1")


def _unicode(draw: random.Random) -> str:
    return "".join(chr(draw.randrange(0x110000)) for _ in range(draw.randrange(1, 100)))


def _words(draw: random.Random) -> str:
    return draw.choice(("", "by ", "by\n  ")) + " ".join(draw.choices(WORDS, k=draw.randrange(1, 30)))


def _control(draw: random.Random) -> str:
    return "by\n  rfl" + draw.choice(
        ("\0", "\ud800", "\r\n", "\x1b[2J", "\ufeff", "\u2028", "\u202e", "\x7f")
    ) * draw.randrange(1, 5)


def _numeral(draw: random.Random) -> str:
    number = draw.choice(
        (
            "9" * draw.randrange(1, 3000),
            "0x" + "f" * draw.randrange(1, 2000),
            "1e" + "9" * draw.randrange(1, 4),
        )
    )
    return draw.choice((f"by exact absurd {number}", f"({number} : Nat)", f"by decide +{number}"))


LIGHT: tuple[Callable[[random.Random], str], ...] = (_bytes, _unicode, _words, _control, _numeral)
#: Deep, long and hungry ones. `d` is how deep.
HEAVY: tuple[Callable[[int], str], ...] = (
    lambda d: "(" * d + "rfl" + ")" * d,
    lambda d: "⟨" * d,
    lambda d: "nomatch " + "¬" * d + "True",
    lambda d: "by\n  have h : " + "1 + " * d + "1 = 0 := by simp\n  exact h",
    lambda d: "fun x => " * d + "x",
    lambda d: "have h := 1; " * d + "rfl",
    lambda d: "by exact " * d + "rfl",
    lambda d: "by\n" + "".join(f"{'  ' * (i % 40 + 1)}· skip\n" for i in range(d)),
    lambda d: "/-" * d,
    lambda d: "by " + "repeat " * d + "skip",
    lambda d: "by repeat (have h := trivial)",
    lambda d: "by iterate 1000000 skip",
    lambda d: f"by have h : (List.replicate {d} 0).length = 1 := by decide\n   exact absurd h",
    lambda d: "x" * (MAX_TEXT + d),
    lambda d: "«" * d,
    lambda d: '"' + "\\" * d,
)


def inputs(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    real = [attack.proof for attack in selftest.attacks() if attack.proof]
    found = []
    for i in range(count):
        if i % HEAVY_EVERY == 0:
            found.append(draw.choice(HEAVY)(draw.choice((50, 300, 2000, 20_000))))
        elif draw.random() < 0.4:  # a proof cut short, or with a piece of another
            one, other = draw.choice(real), draw.choice(real)
            text = one[: draw.randrange(len(one) + 1)]
            found.append(text if draw.random() < 0.5 else text + other[draw.randrange(len(other)) :])
        else:
            found.append(draw.choice(LIGHT)(draw))
    return found


def test_thousands_of_odd_inputs_leave_the_pool_healthy(lean: toolchain.Toolchain) -> None:
    texts = inputs(7, COUNT)
    with LeanPool(lean, workers=2, timeout=20, heartbeats=2_000, brief=True) as pool:
        before = max(worker.resident_bytes() for worker in pool.workers)
        outcomes: Counter[str] = Counter()
        for job, verdict in pool.check([Check(str(i), FALSE, text) for i, text in enumerate(texts)]):
            outcomes[f"{verdict.outcome} {verdict.reason}"] += 1
            assert verdict.outcome != "proved", job
            if verdict.outcome in ("infrastructure", "out_of_memory") or verdict.reason == "wall_clock":
                print(verdict.outcome, repr(job.proof[:60]), len(job.proof), verdict.detail[-80:])
        after = max(worker.resident_bytes() for worker in pool.workers)
        print(
            dict(outcomes),
            f"restarts {pool.restarts}, {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after",
        )
        assert sum(outcomes.values()) == COUNT
        assert pool.restarts <= COUNT / HEAVY_EVERY / 4 + 4
        assert after < before + 0.5e9
        assert pool.check_one(Check("good", "theorem t (a b : Nat) : a + b = b + a", "by omega")).proved
