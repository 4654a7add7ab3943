"""Lean text around statements and proofs."""

import pytest

from stp.export import text


@pytest.mark.parametrize(
    ("proof", "definition"),
    [
        ("by omega", " := by omega"),
        ("by\n  intro h\n  omega", " := by\n  intro h\n  omega"),
        ("by cases n\n   · rfl", " :=\nby cases n\n   · rfl"),
        ("| 0 => rfl\n| n + 1 => h n", "\n| 0 => rfl\n| n + 1 => h n"),
        ("where\n  left := a", "\nwhere\n  left := a"),
        (
            "/- a /- nested -/ one -/ -- another\n | 0 => rfl",
            "\n/- a /- nested -/ one -/ -- another\n | 0 => rfl",
        ),
        ("wherever", " := wherever"),
        ("/- where -/ h", " := /- where -/ h"),
    ],
)
def test_a_proof_follows_the_head_in_the_form_that_it_has(proof: str, definition: str) -> None:
    assert text.definition(proof) == definition


def test_a_comment_at_the_end_of_a_head_swallows_nothing() -> None:
    assert text.theorem("theorem t : p -- so", "h") == "theorem t : p -- so\n := h\n"


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        ("theorem t.{u1} : ∀ (a b : PUnit), a = b", "theorem t : ∀ (a b : PUnit), a = b"),
        ("theorem t.{u, v} (α : Type v) : α = α", "theorem t.{v} (α : Type v) : α = α"),
        ("theorem t.{u1} {l : List.{u1} α} : p", "theorem t.{u1} {l : List.{u1} α} : p"),
        ("theorem t : PUnit.{u} = a", "theorem t : PUnit.{u} = a"),
    ],
)
def test_universes_that_nothing_names_go(head: str, kept: str) -> None:
    assert text.theorem(head, "h") == f"{kept} := h\n"


def test_nothing_in_a_docstring_ends_it() -> None:
    shown = text.docstring("a -/ theorem x : False := /- b")
    assert shown.count("-/") == 1 and shown.count("/-") == 1
