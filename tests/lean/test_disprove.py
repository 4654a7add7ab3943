"""Negated jobs: what they let through and what not; and the search for false statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stp.data import check
from stp.lean import selftest, toolchain
from stp.lean.cache import VerdictCache
from stp.lean.disprove import candidates, disprove
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings
from stp.records import Check, Environment, Verdict

FALSE = "theorem t (a b : Nat) : a + b = a"
REFUTED = "by intro h; have := h 0 1; omega"
TRUE = "theorem t (a b : Nat) : a + b = b + a"


def negated(pool: LeanPool, statement: str, proof: str, forbid: tuple[str, ...] = ()) -> Verdict:
    return pool.check_one(Check("one", statement, proof, forbid=forbid, negated=True))


# --- the checker ------------------------------------------------------------------------------------------


@pytest.mark.lean
@pytest.mark.parametrize(
    ("statement", "proof"),
    [
        (FALSE, REFUTED),
        (FALSE, "fun h => absurd (h 0 1) (by decide)"),
        ("theorem t : (1 : Nat) = 2", "by decide"),
        (
            "theorem t (a : Rat) (h : 0 < a) (b : Rat) : a < b",
            "fun h => absurd (h 1 (by decide +kernel) 0) (by decide +kernel)",
        ),
        ("theorem t {a : Nat} [NeZero a] : a = 1", "fun h => absurd (@h 2 ⟨by decide⟩) (by decide)"),
        (
            "theorem t.{u} (α : Type u) (a b : α) : a = b",
            "fun h => absurd (h (ULift Bool) ⟨true⟩ ⟨false⟩) (by simp)",
        ),
    ],
)
def test_a_right_proof_of_a_negation_is_proved(pool: LeanPool, statement: str, proof: str) -> None:
    assert negated(pool, statement, proof).proved
    assert not pool.check_one(Check("plain", statement, proof)).proved
    assert not pool.check_one(Check("vacuous", statement, proof, vacuous=True)).proved


@pytest.mark.lean
@pytest.mark.parametrize(
    ("statement", "proof", "reason"),
    [
        (TRUE, "Nat.add_comm", "error"),
        (TRUE, "by omega", "error"),
        (TRUE, "by intro h; have := h 0 1; omega", "error"),
        (TRUE, "by intro h; sorry", "syntax"),
        (TRUE, "by intro h; exact sorryAx False true", "forbidden_axiom"),
        (TRUE, "fun h => nomatch h", "error"),
        ("theorem t : 2 + 2 = 4", "by native_decide", "syntax"),
        ("theorem t : 2 + 2 = 4", "by decide", "error"),
        ("theorem t : 2 + 2 = 4", "by decide +kernel", "error"),
        ("theorem t : 2 + 2 = 4", "fun h => t h", "error"),
        (
            FALSE,
            "fun h => f h\nwhere f (h : ∀ a b : Nat, a + b = a) : False := by have := h 0 1; omega",
            "error",
        ),
        (FALSE, f"{REFUTED}\ntermination_by 0", "error"),
        (FALSE, "| h => absurd (h 0 1) (by decide)", "error"),
        (FALSE, f"{REFUTED}\naxiom cheat : False", "parse"),
        (
            FALSE,
            "by intro h; set_option debug.skipKernelTC true in exact absurd (h 0 1) (by decide)",
            "syntax",
        ),
    ],
)
def test_nothing_else_proves_a_negation(pool: LeanPool, statement: str, proof: str, reason: str) -> None:
    found = negated(pool, statement, proof)
    assert (found.outcome, found.reason) == ("rejected", reason), found.detail


@pytest.mark.lean
def test_bans_hold_for_negations(pool: LeanPool) -> None:
    proof = "fun h => Nat.succ_ne_zero 0 (h 1)"
    assert negated(pool, "theorem t (a : Nat) : a = 0", proof).proved
    found = negated(pool, "theorem t (a : Nat) : a = 0", proof, ("Nat.succ_ne_zero",))
    assert found.reason == "forbidden_constant"


@pytest.mark.lean
def test_no_attack_proves_the_negation_of_a_true_statement(pool: LeanPool) -> None:
    """As posed they are to prove something false, as a goal of `¬ True` is."""
    families = ("axioms", "code", "compiler", "holes", "options", "unsafe")
    jobs = [
        Check(attack.name, "theorem t : True", proof, attack.header, negated=True)
        for attack in selftest.attacks()
        if attack.hole in families
        for proof in (attack.proof, f"fun _ => ({attack.proof})")
    ]
    assert len(jobs) > 500
    assert [(job.id, job.proof) for job, verdict in pool.check(jobs) if verdict.proved] == []


@pytest.mark.lean
def test_a_statement_and_its_negation_in_one_call_are_two_jobs(pool: LeanPool) -> None:
    jobs = [Check("plain", FALSE, REFUTED), Check("negated", FALSE, REFUTED, negated=True)]
    assert {job.id: verdict.proved for job, verdict in pool.check(jobs)} == {"plain": False, "negated": True}


@pytest.mark.lean
def test_one_job_asks_for_one_thing(pool: LeanPool) -> None:
    with pytest.raises(ValueError, match="not both"):
        Check("both", FALSE, REFUTED, vacuous=True, negated=True)
    request = {"op": "check", "statement": FALSE, "proof": REFUTED, "vacuous": True, "negated": True}
    (answer,) = pool.ask_all([request])
    assert isinstance(answer, dict)
    assert (answer["outcome"], answer["detail"]) == (
        "bad_statement",
        "a check asks for `vacuous` or for `negated`, not for both",
    )


def test_a_verdict_on_a_negation_is_never_found_as_one_on_the_statement(tmp_path: Path) -> None:
    cache = VerdictCache(tmp_path / "v.db", Environment("4", "c", "c", ("Init",), "", "", 1))
    jobs = [
        Check("1", FALSE, REFUTED),
        Check("1", FALSE, REFUTED, vacuous=True),
        Check("1", FALSE, REFUTED, negated=True),
    ]
    cache.add(jobs[2], Verdict("proved"))
    assert [job in cache.find([job]) for job in jobs] == [False, False, True]


# --- the search -------------------------------------------------------------------------------------------

#: False statements of the forms that data sets have.
FALSE_ONES = [
    "theorem t : 5 / 19 < 7 / 21 ∧ 7 / 21 < 9 / 23",
    "theorem t (a b : ℕ) : a + b = a",
    "theorem t (a b : ℤ) (h : a < b) (c : ℤ) : a * c < b * c",
    "theorem t {x y : ℚ} (hx : 0 < x) (hy : 0 < y) (hxy : x * y = 1) : x + y < 5 / 2",
    "theorem t : ∀ n ≥ 2, ∀ m : ℤ, m > n → m ^ 2 < 16",
    "theorem t : ∀ n : Nat, n ^ 2 + n % 2 = 0 → False ∨ 0 < n",
    "theorem t (b p : ℕ) (h₁ : b = 4095) (h₂ : p + b = 4096) : p = 2",
    "theorem t (f : ℕ → ℕ) (hf : f = fun x => x + 1) : f 10 = 10",
    "theorem t : ¬ ∃ x y : ℕ, 0 < x ∧ x ^ 2 + y ^ 2 = 25",
    "theorem t (x : Fin 7) : x * x = x",
    "theorem t (p q : Bool) : (p && q) = p",
    "theorem t (x : ℤ) (h : 0 < x) : ∃ k : ℤ, x = 2 * k",
    "theorem t (f : ℤ → ℤ) (h : ∀ x y, f (x + y) = f x + f y) : f 1 = 0",
    "theorem t : ∃ x : ℤ, 2 * x = 5",
]
TRUE_ONES = [
    "theorem t (a b : ℕ) : a + b = b + a",
    "theorem t : ∀ x : ℤ, 120 ∣ 3 * x^5 + 5 * x^3 - 8 * x",
    "theorem t (n : ℕ) (h : 13 < n) : 2 < n",
    "theorem t (f : ℕ → ℕ) (h : ∀ x, f x = x) : f 3 = 3",
    "theorem t : ¬ ∃ x : ℕ, x < 0",
]


@pytest.fixture(scope="module")
def small(lean: toolchain.Toolchain) -> Iterator[LeanPool]:
    """One worker under the header that statements about core Lean's numbers need."""
    settings = Settings(header=check.compat_header())
    with LeanPool(lean, settings, workers=1, spares=0, canaries=False, heartbeats=2_000) as own:
        yield own


@pytest.mark.lean
def test_false_statements_are_disproved_and_true_ones_are_not(small: LeanPool) -> None:
    statements = [(head, head) for head in (*FALSE_ONES, *TRUE_ONES)]
    told: list[tuple[int, str]] = []
    found = disprove(statements, small, progress=lambda *step: told.append(step))
    assert set(found) == set(FALSE_ONES)
    assert told == [(len(statements), f"{len(FALSE_ONES)} disproved")]
    again = [Check(head, head, proof, negated=True) for head, proof in found.items()]
    assert all(verdict.proved for _, verdict in small.check(again))


@pytest.mark.lean
def test_even_odd_and_prime_are_decided(small: LeanPool) -> None:
    heads = [
        "theorem t (n : ℕ) (h : Odd n) : n % 4 = 1",
        "theorem t (n : ℤ) (h : Even n) : n % 4 = 0",
        "theorem t (p : ℕ) (h : Nat.Prime p) : Odd p",
        "theorem t (p : ℕ) (h : p.Prime) : p % 6 = 1 ∨ p % 6 = 5 ∨ p = 2",
    ]
    assert set(disprove([(head, head) for head in heads], small)) == set(heads)


def test_nothing_is_tried_that_may_never_end() -> None:
    for claim in ("2 ^ (2 ^ (2 ^ 5)) = 1", "2 ^ 30000000000 = 1", "Nat.choose 2007 91 % 91 = 5", "9999! = 1"):
        assert candidates(f"theorem t : {claim}") == []
    assert candidates("theorem t (n : ℕ) : 2 ^ n = 1") != []
    assert candidates(f"theorem t : {'a → ' * 20_000} 1 = 2") == []


@pytest.mark.parametrize(
    "head",
    [
        "",
        "theorem",
        "theorem t",
        "theorem t (a : ℕ",
        "theorem t )) : ∀",
        "theorem t : ¬ ∃",
        "theorem t.{u",
        f"theorem t : ¬ {'∃ x, ' * 600}",
    ],
)
def test_any_text_is_read_to_its_end(head: str) -> None:
    candidates(head)


def test_the_search_stops_when_it_is_told_to() -> None:
    class Unasked:
        def check(self, jobs: object) -> None:
            raise AssertionError

    assert disprove([("1", FALSE)], Unasked(), stop=lambda: True) == {}  # type: ignore[arg-type]
