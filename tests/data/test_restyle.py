from __future__ import annotations

import pytest

from stp.data.restyle import named_binders
from stp.lean import library
from stp.lean.pool import LeanPool
from stp.records import StatementInfo, head_of


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        (": ∀ (a b : Nat), a + b = b + a", "(a b : Nat) : a + b = b + a"),
        (
            ".{u1} : ∀ {α : Type u1} [inst : Add α] (f : (a : α) → α), ∀ x, f x = x",
            ".{u1} {α : Type u1} [inst : Add α] (f : (a : α) → α) : ∀ x, f x = x",
        ),
        (": ∀ ⦃p : Prop⦄, p → p", "⦃p : Prop⦄ : p → p"),
        (": ∀ x, x = x", None),
        (": ∀ (x : Nat) y, x = y", None),
        (": 1 = 1", None),
        ("(a : Nat) : ∀ (b : Nat), a = b", None),
        (": ∀ (x : Nat", None),
        (": ∀ (x : Nat),", None),
        ("", None),
    ],
)
def test_binders_move_before_the_colon(rest: str, found: str | None) -> None:
    assert named_binders(rest) == found


@pytest.mark.lean
def test_the_type_stays_the_same(pool: LeanPool) -> None:
    theorems = library.cached(
        pool, limit=120, prefixes=("Init.Data.List", "Init.Data.Nat"), max_chars=160, seed=5
    )
    moved = [(t, named_binders(t.head.removeprefix("theorem t"))) for t in theorems]
    asked = [(t, rest) for t, rest in moved if rest]
    assert len(asked) > 60
    infos = pool.statements([head_of(rest) for _, rest in asked])
    same = [isinstance(i, StatementInfo) and i.key == t.key for i, (t, _) in zip(infos, asked, strict=True)]
    assert sum(same) >= 0.95 * len(same)
