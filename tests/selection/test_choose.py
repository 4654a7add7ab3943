"""Selection on cases worked out by hand."""

import math
import random
from collections import Counter
from typing import Literal

import pytest

from stp import selection
from stp.selection import Attempted, ProofOf


@pytest.mark.parametrize(
    ("correct", "tries", "expected"),
    [
        (0, 32, False),
        (1, 32, True),
        (8, 32, True),
        (9, 32, False),
        (32, 32, False),
        (0, 0, False),
        (1, 4, True),
    ],
)
def test_barely_provable_is_above_zero_and_at_most_a_quarter(
    correct: int, tries: int, expected: bool
) -> None:
    assert selection.barely_provable(correct, tries) is expected


def test_a_conjecture_must_use_its_lemma() -> None:
    proof = ProofOf("by exact foo", 0.1, ("Seed.foo",))
    assert selection.conjecturer_worthy(Attempted("c", 8, 1, (proof,), "Seed.foo"))
    assert not selection.conjecturer_worthy(Attempted("c", 8, 1, (proof,), "Seed.bar"))
    assert selection.conjecturer_worthy(Attempted("c", 8, 1, (proof,), "Seed.bar"), require_lemma=False)


def test_the_trivial_lemma_need_not_be_used() -> None:
    assert selection.conjecturer_worthy(Attempted("c", 8, 1, (ProofOf("rfl", 0.1),), ""))


def test_an_easy_conjecture_does_not_train_the_conjecturer() -> None:
    assert not selection.conjecturer_worthy(Attempted("c", 8, 3, (ProofOf("rfl", 0.1),), ""))


def test_prover_examples_come_from_statements_below_one_half() -> None:
    assert selection.prover_worthy(Attempted("s", 10, 4))
    assert not selection.prover_worthy(Attempted("s", 10, 5))
    assert not selection.prover_worthy(Attempted("s", 10, 0))


def test_final_retraining_takes_hard_statements_and_all_of_the_data_set() -> None:
    assert selection.retrain_worthy(Attempted("c", 8, 2), from_data=False)
    assert not selection.retrain_worthy(Attempted("c", 8, 3), from_data=False)
    assert selection.retrain_worthy(Attempted("c", 8, 3), from_data=False, at_most=0.4)
    assert selection.retrain_worthy(Attempted("s", 8, 8), from_data=True)
    assert not selection.retrain_worthy(Attempted("c", 8, 0), from_data=False)
    assert not selection.retrain_worthy(Attempted("s", 8, 0), from_data=True)


def test_rate_counts_only_tries() -> None:
    assert Attempted("s", 0, 0).rate == 0.0
    assert Attempted("s", 8, 2).rate == 0.25


def test_distinct_proofs_are_the_shortest_and_differ_beyond_white_space() -> None:
    proofs = [
        ProofOf("by  simp", 1),
        ProofOf("by simp", 1),
        ProofOf("by omega", 1),
        ProofOf("by\n  simp", 1),
        ProofOf("rfl", 1),
    ]
    assert [p.text for p in selection.distinct_shortest(proofs, 2)] == ["rfl", "by simp"]


def test_weight_falls_with_length_time_and_number() -> None:
    weight = selection.proof_weight(ProofOf("x" * 100, 5.0), 4)
    assert weight == pytest.approx(math.exp(-0.1) * math.exp(-0.05) / 4)


@pytest.mark.parametrize(("count", "weights"), [("samples", 1 / 5), ("proofs", 1 / 2), ("off", 1.0)])
def test_what_a_proofs_weight_is_divided_by(
    count: Literal["samples", "proofs", "off"], weights: float
) -> None:
    """Five correct samples of eight, two proofs beyond white space."""
    proofs = (ProofOf("by simp", 0), ProofOf("by  simp", 0), ProofOf("rfl", 0))
    found = selection.correct_count(Attempted("s", 8, 5, proofs), count)
    assert selection.proof_weight(proofs[0], found, length_decay=0) == pytest.approx(weights)


def test_one_in_twenty_of_the_proved_ones_is_tried_again() -> None:
    proved = [f"s{i:02}" for i in range(40)]
    again = selection.resampled(proved, 0.05, random.Random(1))
    assert len(again) == 2 and set(again) < set(proved) and again == sorted(again)
    assert again == selection.resampled(reversed(proved), 0.05, random.Random(1))
    assert len({tuple(selection.resampled(proved, 0.05, random.Random(seed))) for seed in range(9)}) > 1
    # 0.5 is rounded to 0, 1.5 to 2
    assert [len(selection.resampled(proved[:n], 0.05, random.Random(0))) for n in (10, 11, 30)] == [0, 1, 2]
    assert selection.resampled(proved, 1.0, random.Random(0)) == proved


def test_replay_holds_three_iterations_the_newest_first() -> None:
    assert selection.replayed({1: ["a"], 2: ["b", "c"], 3: ["c"], 4: ["d"]}, 4) == ["d", "c", "b"]


def test_no_lemma_is_given_to_more_than_its_share() -> None:
    proved = {f"s{i}": ["popular", f"own{i}"] for i in range(50)}
    chosen = selection.choose_seeds(proved, 50, random.Random(0), trivial_share=0.0, lemma_cap=0.1)
    assert len(chosen) == 50
    assert Counter(c.lemma for c in chosen)["popular"] <= 5
    assert len(set(chosen)) == 50


def test_half_of_the_seeds_get_the_trivial_lemma() -> None:
    proved = {f"s{i}": [f"own{i}"] for i in range(400)}
    chosen = selection.choose_seeds(proved, 400, random.Random(0))
    assert 160 <= sum(c.lemma == "" for c in chosen) <= 240


def test_a_statement_has_the_trivial_lemma_once_until_all_its_pairs_have_come() -> None:
    """Twice as many conjectures as statements with a lemma each: all pairs, one half with the trivial lemma; three times
    as many with two lemmas each: a third."""
    for lemmas, share in ((1, 1 / 2), (2, 1 / 3)):
        proved = {f"s{i}": [f"{i}.{j}" for j in range(lemmas)] for i in range(30)}
        chosen = selection.choose_seeds(proved, 30 * (1 + lemmas), random.Random(0))
        assert sum(c.lemma == "" for c in chosen) == pytest.approx(share * len(chosen))


def test_more_conjectures_than_seeds_go_round_again() -> None:
    chosen = selection.choose_seeds({"a": [], "b": []}, 5, random.Random(0))
    assert [sum(c.statement == s for c in chosen) for s in ("a", "b")] in ([3, 2], [2, 3])


@pytest.mark.parametrize(("statements", "lemmas", "count"), [(10, 1, 15), (10, 1, 20), (60, 2, 180)])
def test_pairs_are_distinct_as_long_as_there_are_enough(statements: int, lemmas: int, count: int) -> None:
    proved = {f"s{i}": [f"{i}.{j}" for j in range(lemmas)] for i in range(statements)}
    chosen = selection.choose_seeds(proved, count, random.Random(0))
    assert len(chosen) == len(set(chosen)) == count


def test_pairs_come_again_once_all_have_come() -> None:
    chosen = selection.choose_seeds({"a": ["l"], "b": []}, 7, random.Random(0), lemma_cap=1.0)
    assert len(set(chosen[:3])) == 3 and sorted(Counter(chosen).values()) == [2, 2, 3]


def test_without_proved_statements_there_is_nothing_to_choose() -> None:
    assert selection.choose_seeds({}, 5, random.Random(0)) == []


def test_targets_take_turns() -> None:
    chosen = selection.choose_targets(["a", "b", "c"], 20, 0.5, random.Random(0))
    assert len(chosen) == 20
    assert sorted(Counter(t for t in chosen if t).values()) == [3, 3, 4]
    assert selection.choose_targets([], 4, 1.0, random.Random(0)) == [None] * 4
    assert chosen == selection.choose_targets(["c", "a", "b"], 20, 0.5, random.Random(0))
