"""The fixed lists of proofs that are tried on statements."""

from __future__ import annotations

#: One tactic each, after introducing variables where it does not do so itself; cheap ones first. A statement that
#: one of them proves teaches little.
TRIVIAL = (
    "by intros; rfl",
    "by simp",
    "by omega",
    "by intros; simp",
    "by intros; omega",
    "by intros; simp_all",
    "by intros; assumption",
    "by decide",
    "by grind",
)
#: Tried on every statement of the library that is set aside for SFT.
PORTFOLIO = (
    *TRIVIAL,
    "by intros; subst_vars; simp",
    "by intro x; cases x <;> simp",
    "by intro x; cases x <;> rfl",
    "by intro x y; cases x <;> cases y <;> simp",
    "by intro x; induction x <;> simp_all",
    "by intros; constructor <;> simp_all",
    "by intros; split <;> simp_all",
    "by intros; ext; simp",
    "by intros; exact Iff.rfl",
)
#: Look for a contradiction among a conjecture's hypotheses.
CONTRADICTION = ("by intros; omega", "by intros; simp_all", "by intros; contradiction")
#: The same, with what is affordable under a small limit only.
VACUOUS = (*CONTRADICTION, "by intros; grind")
#: Proofs of the negation of a statement without variables, where the kernel does not decide it (`∃ x : Int, 2 * x = 5`).
NEGATION = ("by simp", "by grind")
