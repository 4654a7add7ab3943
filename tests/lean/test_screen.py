"""What screening says of statements, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from stp.lean import screen as module
from stp.lean.pool import Failure, LeanPool
from stp.lean.screen import Finding, Screened, Statement, index, screen
from stp.lean.tactics import TRIVIAL, VACUOUS
from stp.records import Check, Verdict
from stp.screen import read

pytestmark = pytest.mark.lean

#: True (2 has no rational root), with hypotheses that can be met, and beyond every single tactic.
HARD = "theorem t (a b : Nat) (h : a * a = 2 * (b * b)) : b = 0"
HARD_RENAMED = "theorem other (x y : Nat) : x * x = 2 * (y * y) → y = 0"
TWICE = "def twice (n : Nat) := n + n"
THRICE = "def twice (n : Nat) := n + n + n"
OF_TWICE = "theorem t (a b : Nat) (h : a * twice a = 3 * (b * b)) : b = 0"


def looked_at(pool: LeanPool, *heads: str | Statement, **options: Any) -> list[Screened]:
    statements = [head if isinstance(head, Statement) else Statement(i, head) for i, head in enumerate(heads)]
    return list(screen(statements, pool, **options))


def one(pool: LeanPool, head: str, header: str = "", **options: Any) -> Screened:
    return looked_at(pool, Statement("one", head, header), **options)[0]


# --- verdicts -----------------------------------------------------------------------------------------------


def test_a_true_statement_that_no_tactic_proves_is_ok(pool: LeanPool) -> None:
    found = one(pool, HARD)
    assert (found.verdict, found.evidence, found.findings) == ("ok", "", ())


def test_a_false_statement_is_ok_too(pool: LeanPool) -> None:
    assert one(pool, "theorem t (a b : Nat) : a + b = a").verdict == "ok"


@pytest.mark.parametrize(
    ("head", "header", "reason"),
    [
        ("theorem t : foo = 1", "", "Unknown identifier `foo`"),
        ("theorem t : Nat", "", "not a proposition"),
        ("theorem t (p : Prop) : p := sorry", "", "does not parse"),
        ("theorem t : sorry", "", "syntax that is not admitted"),
        ("theorem t : 1 = 1 theorem u : 1 = 2", "", "does not parse"),
        ("def t := 3", "", "does not parse"),
        ("", "", "does not parse"),
        ("theorem t : \ud800 = 1", "", "not a Unicode text"),
        ("theorem t : 1 = 1", "def broken := foo", "the header does not elaborate"),
        ("theorem t : 1 = 1 ∨ " + "1 = 1 ∨ " * 40_000 + "1 = 1", "", "longer than"),
    ],
)
def test_malformed_ones_with_the_reason(pool: LeanPool, head: str, header: str, reason: str) -> None:
    found = one(pool, head, header)
    assert found.verdict == "malformed"
    assert reason in found.evidence


def test_a_theorem_of_the_library_is_known_under_any_names(pool: LeanPool) -> None:
    found = one(pool, "theorem t (x y : Nat) : x + y = y + x")
    assert found.verdict == "known"
    assert found.evidence.startswith("library: ")
    assert {"Nat.add_comm", "Seed.add_comm_nat"} <= set(found.findings[0].evidence.split(", "))


@pytest.mark.parametrize(
    "head",
    [
        "theorem t (n m : Nat) (h : n < n) : n = m * m",
        "theorem t (a b : Nat) : a < b → b < a → a * b = 7",
        "theorem t (h : False) : 1 = 2",
        "theorem t (p q : Prop) (h : ¬q ∧ q) : p → q",
        "theorem t (x : Empty) : 1 = 2",
        "theorem t (l : List Nat) (h : l = 1 :: l) : l = []",
    ],
)
def test_vacuous_ones_with_the_tactic(pool: LeanPool, head: str) -> None:
    found = one(pool, head)
    assert found.verdict == "vacuous"
    assert found.evidence in VACUOUS
    assert pool.check_one(Check("again", head, found.evidence, vacuous=True)).proved


@pytest.mark.parametrize(
    ("head", "tactic"),
    [
        ("theorem t (n : Nat) : n + 2 = Nat.succ (n + 1)", "by intros; rfl"),
        ("theorem t (xs : List Nat) : ([] ++ (xs ++ [])).length = 0 + xs.length", "by simp"),
        ("theorem t (a b : Nat) (h : 2 * a < 2 * b + 1) : a ≤ b", "by omega"),
        ("theorem t : ∀ a b : Nat, 2 * a < 2 * b + 1 → a ≤ b", "by omega"),
        ("theorem t (f : Nat → Nat) (a b : Nat) (h : f a = b) (g : f b = a) : f (f a) = a", None),
    ],
)
def test_trivial_ones_with_the_first_tactic(pool: LeanPool, head: str, tactic: str | None) -> None:
    found = one(pool, head)
    assert found.verdict == "trivial"
    assert found.evidence in TRIVIAL
    assert tactic in (None, found.evidence)
    earlier = TRIVIAL[: TRIVIAL.index(found.evidence)]
    assert not any(pool.check_one(Check("again", head, proof)).proved for proof in earlier)
    assert pool.check_one(Check("again", head, found.evidence)).proved


# --- known from data sets and from the file itself ----------------------------------------------------------


def test_a_statement_of_a_data_set_is_known_under_any_names(pool: LeanPool) -> None:
    known, faults = index({"old.jsonl": [Statement("first", HARD_RENAMED)]}, pool)
    assert faults == []
    found = one(pool, HARD, against=known)
    assert (found.verdict, found.evidence) == ("known", "old.jsonl: first")
    assert one(pool, HARD.replace("= 2 *", "= 3 *"), against=known).verdict == "ok"


def test_every_data_set_that_has_it_is_named(pool: LeanPool) -> None:
    data = {
        "a": [Statement(1, HARD), Statement(2, HARD_RENAMED)],
        "b": [Statement({"n": 7}, HARD)],
        "c": [Statement(1, OF_TWICE, TWICE)],
    }
    found = one(pool, HARD, against=index(data, pool)[0])
    assert found.findings == (Finding("known", "a", "1"), Finding("known", "b", '{"n": 7}'))


def test_what_cannot_be_compared_with_is_told(pool: LeanPool) -> None:
    known, faults = index({"old": [Statement(5, "theorem t : foo"), Statement(6, HARD)]}, pool)
    assert faults == ["old: 5: Unknown identifier `foo`"]
    assert one(pool, HARD, against=known).verdict == "known"


def test_a_repetition_is_known_and_the_first_one_is_not(pool: LeanPool) -> None:
    found = looked_at(pool, Statement("a", HARD), Statement("b", HARD_RENAMED), Statement("c", HARD))
    assert [row.verdict for row in found] == ["ok", "known", "known"]
    assert [row.evidence for row in found] == ["", "file: a", "file: a"]


def test_repetitions_are_found_from_block_to_block(pool: LeanPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 2)
    heads = ["theorem t : foo", HARD, "theorem t (h : False) : 1 = 2", HARD_RENAMED, "theorem t : bar"]
    found = looked_at(pool, *heads)
    assert [row.statement.head for row in found] == heads
    assert [row.verdict for row in found] == ["malformed", "ok", "vacuous", "known", "malformed"]


def test_headers_count_where_the_statement_uses_what_they_define(pool: LeanPool) -> None:
    found = looked_at(
        pool,
        Statement("twice", OF_TWICE, TWICE),
        Statement("thrice", OF_TWICE, THRICE),
        Statement("again", OF_TWICE, TWICE),
        Statement("plain", HARD),
        Statement("opened", HARD, "open Nat"),
        Statement("defined", HARD, TWICE),
    )
    assert [(row.verdict, row.evidence) for row in found] == [
        ("ok", ""),
        ("ok", ""),
        ("known", "file: twice"),
        ("ok", ""),
        ("known", "file: plain"),
        ("known", "file: plain"),
    ]


# --- all findings -------------------------------------------------------------------------------------------


def test_the_first_finding_ends_it_unless_all_are_wanted(pool: LeanPool) -> None:
    head = "theorem t (n : Nat) (h : n < n) : n = 3"
    assert [finding.kind for finding in one(pool, head).findings] == ["vacuous"]
    found = one(pool, head, everything=True)
    assert [finding.kind for finding in found.findings] == ["vacuous", "trivial"]
    assert found.verdict == "vacuous"


def test_a_theorem_of_the_library_is_not_trivial_by_itself(pool: LeanPool) -> None:
    head = "theorem t.{u} {α : Type u} (xs : List α) : xs.reverse.reverse = xs"
    assert pool.check_one(Check("by itself", head, "by simp")).theorems.count("List.reverse_reverse") == 1
    found = one(pool, head, everything=True)
    assert found.verdict == "known"
    for finding in found.findings[1:]:
        proof = pool.check_one(Check("again", head, finding.evidence, forbid=("List.reverse_reverse",)))
        assert (finding.kind, proof.proved) == ("trivial", True)


def test_a_known_and_trivial_one_has_both_findings(pool: LeanPool) -> None:
    found = one(pool, "theorem t (x y : Nat) : x + y = y + x", everything=True)
    assert [finding.kind for finding in found.findings] == ["known", "trivial"]
    assert found.findings[1].evidence == "by omega"


# --- what could not be found out ----------------------------------------------------------------------------


class Lossy:
    """The pool, but what is asked about `lost` gets no answer."""

    heartbeats = 2_000

    def __init__(self, pool: LeanPool, lost: Iterable[str]) -> None:
        self._pool = pool
        self._lost = set(lost)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def statements(self, heads: Sequence[str], header: str = "") -> list[Any]:
        found = self._pool.statements(heads, header)
        return [
            Failure("infrastructure", "the worker ended") if "statements" in self._lost else info
            for info in found
        ]

    def known(self, heads: Sequence[str], header: str = "") -> list[Any]:
        if "known" in self._lost:
            return [Failure("timeout", "no answer within 1 s of wall clock")] * len(heads)
        return self._pool.known(heads, header)

    def check(self, jobs: Iterable[Check]) -> Iterator[tuple[Check, Verdict]]:
        for job, verdict in self._pool.check(jobs):
            yield (
                job,
                Verdict("infrastructure", "infrastructure", "lost") if job.proof in self._lost else verdict,
            )


@pytest.mark.parametrize(
    ("lost", "source"),
    [
        ("statements", "statement"),
        ("known", "library"),
        ("by intros; grind", "vacuous"),
        ("by grind", "trivial"),
    ],
)
def test_a_lost_check_leaves_a_statement_undecided(pool: LeanPool, lost: str, source: str) -> None:
    found = one(Lossy(pool, [lost]), HARD)  # type: ignore[arg-type]
    assert found.verdict == "undecided"
    assert [(finding.kind, finding.source) for finding in found.findings] == [("undecided", source)]
    assert found.evidence.startswith(f"{source}: ")


def test_a_finding_counts_more_than_a_lost_check(pool: LeanPool) -> None:
    lossy: Any = Lossy(pool, ["known", "by simp"])
    found = one(lossy, "theorem t (a b : Nat) (h : 2 * a < 2 * b + 1) : a ≤ b")
    assert [finding.kind for finding in found.findings] == ["undecided", "trivial"]
    assert (found.verdict, found.evidence) == ("trivial", "by omega")


def test_a_contradiction_found_by_another_tactic_is_decided(pool: LeanPool) -> None:
    found = one(Lossy(pool, ["by intros; omega"]), "theorem t (n : Nat) (h : n < n) : n = 3")  # type: ignore[arg-type]
    assert [finding.kind for finding in found.findings] == ["vacuous"]


# --- the file -----------------------------------------------------------------------------------------------


def test_odd_lines_are_listed_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(
        b'{"statement": "theorem t : 1 = 1"}\r\n\n{broken\n["a list"]\n{"id": 5}\n'
        b'{"statement": 5}\n{"statement": "theorem t : 2 = 2", "header": []}\n'
        b'{"statement": "theorem t : 2 = 2", "header": ["x"]}\n\xff\xfe\n'
        b'{"id": null, "statement": "x", "header": null, "more": 1}\n{"id": ["a"], "statement": ""}\n'
        + b"[" * 100_000
        + b'\n{"id": "last", "statement": "theorem t : 3 = 3", "header": "open Nat"}'
    )
    given = read(tmp_path / "in", [tmp_path / "in"])
    assert given.statements == given.data[str(tmp_path / "in")]
    assert given.statements == [
        Statement(1, "theorem t : 1 = 1"),
        Statement(7, "theorem t : 2 = 2"),
        Statement(None, "x"),
        Statement(["a"], ""),
        Statement("last", "theorem t : 3 = 3", "open Nat"),
    ]
    own = given.broken[: len(given.broken) // 2]
    assert [fault.split(":")[0] for fault in own] == [f"line {n}" for n in (3, 4, 5, 6, 8, 9, 12)]
    assert given.broken[len(own) :] == [f"{tmp_path / 'in'}: {fault}" for fault in own]


def test_speed(pool: LeanPool) -> None:
    """Printed with -rP."""
    import time

    heads = [f"theorem t (a b : Nat) (h : a * a = {n} * (b * b)) : b = 0" for n in (2, 3, 5, 6, 7, 8, 10, 11)]
    looked_at(pool, heads[0])
    started = time.monotonic()
    found = looked_at(pool, *heads)
    print(f"{len(heads) / (time.monotonic() - started):.1f} statements a second that go through all checks")
    assert {row.verdict for row in found} == {"ok"}
