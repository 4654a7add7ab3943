"""Proofs made shorter: which edits are tried, and what Lean leaves of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from stp.lean import library
from stp.lean.pool import LeanPool
from stp.lean.shorten import WHOLE, Wave, candidates, shorten
from stp.lm.lean_text import tokens
from stp.records import Check, Verdict, head_of

EDITS = {
    "by intros; omega": ["by omega"],  # its last step closes the goal: nothing works without it
    "by intro x; cases x <;> simp": ["by intro x; simp", "by cases x <;> simp", "by intro x; cases x"],
    "by simp <;> omega <;> rfl": ["by simp <;> rfl", "by omega <;> rfl", "by simp <;> omega"],
    "by simp; try omega": ["by simp", "by try omega", "by simp; omega"],
    "by\n  intro x\n  have h : p := by\n    simp\n    rfl\n  exact h": [
        "by\n  intro x\n  exact h",
        "by\n  have h : p := by\n    simp\n    rfl\n  exact h",
        "by\n  intro x\n  have h : p := by\n    rfl\n  exact h",
    ],
    "by\n  constructor\n  · simp; rfl\n  · case a => skip; omega": [
        "by\n  · simp; rfl\n  · case a => skip; omega",
        "by\n  constructor\n  · rfl\n  · case a => skip; omega",
        "by\n  constructor\n  · simp; rfl\n  · case a => omega",
    ],
    "by\n  cases n with\n  | zero => simp; rfl\n  | succ n => simp [a]": [
        "by\n  cases n with\n  | zero => rfl\n  | succ n => simp [a]",
        "by\n  cases n with\n  | zero => simp; rfl\n  | succ n => simp",
    ],
    "by simp only [a, f (b, c), ← d]": [
        "by simp",
        "by simp only [a, ← d]",
        "by simp [a, f (b, c), ← d]",
        "by simp only [a, f (b, c)]",
        "by simp only [f (b, c), ← d]",
    ],
    "by simp only at h": ["by simp at h"],
    "by rw [a, b] at h": ["by rw [a] at h", "by rw [b] at h"],  # it needs its list
    "by exact foo (by grind [a])": ["foo (by grind [a])", "by exact foo (by grind)"],
    "by first | omega | simp; rfl": ["by omega", "by simp; rfl", "by first | omega | rfl", "by first | omega | simp"],
    "by (intro x\n    simp)": ["by (simp)", "by (intro x)", "by intro x\n   simp"],
    "by\n  try\n    simp\n    rfl\n  omega": [
        "by\n  omega",
        "by\n  simp\n  rfl\n  omega",
        "by\n  try\n    rfl\n  omega",
        "by\n  try\n    simp\n  omega",
    ],
    "fun h => by exact foo h": ["by exact foo", "fun h => foo h"],
    "⟨fun x y => f (g x) y, fun x => f x x⟩": ["⟨fun x => f (g x), fun x => f x x⟩"],
    "| 0 => rfl\n| n + 1 => by simp; omega": ["| 0 => rfl\n| n + 1 => by omega"],
    'by simp [a "]; (", b]  -- ; ( a': ['by simp  -- ; ( a', 'by simp [b]  -- ; ( a', 'by simp [a "]; ("]  -- ; ( a'],
    "by\n  intro x /- (\n  simp -/\n  rfl": ["by\n  rfl"],
    "by intro x; simp (": [],
    "Nat.le_refl n": [],
}  # fmt: skip


@pytest.mark.parametrize("proof", EDITS)
def test_edits_of_a_proof(proof: str) -> None:
    assert candidates(proof, whole=()) == EDITS[proof]


def test_whole_proofs_are_tried_instead_of_longer_ones() -> None:
    assert candidates("by grind") == ["rfl", "by rfl", "by simp"]
    assert candidates("by simp [") == ["rfl", "by rfl", "by simp", "by grind", "by omega"]
    assert set(WHOLE) < set(candidates("by\n  intros\n  simp only [a]\n  assumption"))


def is_shorter_and_balanced(text: str, proof: str) -> bool:
    signs = "".join(token.text for token in tokens(text) if token.text in set("()[]{}⟨⟩"))
    while (less := signs.replace("()", "").replace("[]", "").replace("{}", "").replace("⟨⟩", "")) != signs:
        signs = less
    return not signs and 0 < len(text) < len(proof)


def test_candidates_are_shorter_and_their_brackets_match(pool: LeanPool) -> None:
    proofs = [seed.proof for seed in library.seeds(pool)]
    assert len(proofs) > 800
    drawn = random.Random(6)
    pieces = [proof[drawn.randrange(len(proof)) :] for proof in proofs]  # of any kind, mostly no proofs
    texts = [(text, proof) for proof in proofs + pieces for text in candidates(proof)]
    assert len(texts) > 10_000
    assert [text for text, proof in texts if not is_shorter_and_balanced(text, proof)] == []


@pytest.mark.parametrize("piece", ["by ", "(", "try ", "· ", "first | ", "cases x with | a => ", "by exact "])
def test_nesting_without_end_is_not_followed(piece: str) -> None:
    assert set(candidates(piece * 3000)) >= {"rfl", "by simp"}


# --- with Lean ---------------------------------------------------------------------------------------------

NAT = ": ∀ n : Nat, n + 0 = n"
ORDER = "(a b c : Nat) (h : a ≤ b) : a * c ≤ b * c"
ADD = "(a b c : Nat) : a + b + c = b + a + c"
PAIR = "(p q : Prop) (hp : p) (hq : q) : p ∧ q"


def jobs(*proofs: tuple[str, str], forbid: tuple[str, ...] = ()) -> list[Check]:
    return [Check(str(i), head_of(rest), proof, forbid=forbid) for i, (rest, proof) in enumerate(proofs)]


def last(waves: Sequence[Wave]) -> dict[str, str]:
    return {id: text for id, (text, _) in waves[-1].shorter.items()} if waves else {}


def test_long_proofs_become_their_short_ones(pool: LeanPool) -> None:
    proved = jobs(
        (NAT, "by\n  intro n\n  simp only [Nat.add_zero]"),
        (PAIR, "by\n  have h := hp\n  exact ⟨by exact hp, by first | exact hq | assumption⟩"),
        (ORDER, "by\n  have h2 : a ≤ b := by\n    omega\n  exact Nat.mul_le_mul_right c h"),
    )
    assert all(verdict.proved for _, verdict in pool.check(proved))
    waves = list(shorten(proved, pool))
    assert last(waves) == {"0": "by simp", "1": "by grind", "2": "Nat.mul_le_mul_right c h"}


def test_a_proof_keeps_its_way_where_nothing_replaces_it_whole(pool: LeanPool) -> None:
    proved = jobs(
        (NAT, "by\n  intro n\n  simp only [Nat.add_zero, Nat.add_comm]"),
        (PAIR, "by\n  have h := hp\n  exact ⟨by exact hp, by first | exact hq | assumption⟩"),
        (ADD, "by\n  try rw [Nat.add_comm a b]\n  all_goals rfl"),
    )
    found = last(list(shorten(proved, pool, whole=(), rounds=9)))
    assert found == {"0": "by\n  simp", "1": "⟨hp, hq⟩", "2": "by\n  rw [Nat.add_comm a b]"}
    once = last(list(shorten(proved[1:2], pool, whole=(), rounds=1)))
    assert once == {"1": "by\n  have h := hp\n  exact ⟨by exact hp, by exact hq⟩"}


def test_a_proof_that_cannot_be_shortened_stays(pool: LeanPool) -> None:
    proved = jobs((ORDER, "Nat.mul_le_mul_right c h"), (NAT, "rfl"))
    waves = list(shorten(proved, pool, whole=("rfl", "by simp", "by omega")))
    assert last(waves) == {} and [len(wave.checked) for wave in waves] == [3]


def test_every_result_stands_alone_and_no_forbidden_name_comes_in(pool: LeanPool) -> None:
    seeds = random.Random(2).sample(library.seeds(pool), 12)
    proved = [Check(seed.name, seed.head, seed.proof, forbid=(seed.name,)) for seed in seeds]
    waves = list(shorten(proved, pool))
    shorter = last(waves)
    fresh = [
        Check(job.id, job.statement, shorter[job.id], forbid=job.forbid)
        for job in proved
        if job.id in shorter
    ]
    assert len(fresh) > 2 and all(verdict.proved for _, verdict in pool.check(fresh))
    assert all(job.forbid == (job.id,) for wave in waves for job, _ in wave.checked)


def test_a_forbidden_theorem_is_no_way_out(pool: LeanPool) -> None:
    proof = (": ∀ a b : Nat, a + b = b + a", "by\n  intro a b\n  have h : 0 = 0 := rfl\n  omega")
    found = [
        last(list(shorten(jobs(proof, forbid=forbid), pool, whole=("Nat.add_comm",))))
        for forbid in ((), ("Nat.add_comm",))
    ]
    assert found == [{"0": "Nat.add_comm"}, {"0": "by\n  omega"}]


def test_work_that_is_done_is_not_done_again(pool: LeanPool) -> None:
    proof = "by\n  have h := hp\n  exact ⟨by exact hp, by first | exact hq | assumption⟩"
    proved = jobs((PAIR, proof), (PAIR, proof))
    first = list(shorten(proved, pool, whole=(), rounds=9))
    checked = [job for wave in first for job, _ in wave.checked]
    assert len({job.proof for job in checked}) == len(checked)  # one statement's candidates are checked once
    told: dict[str, Verdict] = {job.proof: verdict for wave in first for job, verdict in wave.checked}

    def known(asked: Sequence[Check]) -> dict[Check, Verdict]:
        return {job: told[job.proof] for job in asked if job.proof in told}

    again = list(shorten(proved, pool, whole=(), rounds=9, known=known))
    assert not [job for wave in again for job, _ in wave.checked]
    assert last(again) == last(first) == {"0": "⟨hp, hq⟩", "1": "⟨hp, hq⟩"}
    del told["⟨hp, hq⟩"]  # killed before that one was written
    resumed = list(shorten(proved, pool, whole=(), rounds=9, known=known))
    assert [job.proof for wave in resumed for job, _ in wave.checked] == ["⟨hp, hq⟩"]
    assert last(resumed) == last(first)
