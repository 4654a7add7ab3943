"""Theorems to start from: the seed library checks, and library statements read back."""

from __future__ import annotations

import pytest

from stp.lean import library
from stp.lean.pool import LeanPool
from stp.records import Check, Seed, StatementInfo

pytestmark = pytest.mark.lean


@pytest.fixture(scope="module")
def seeds(pool: LeanPool) -> list[Seed]:
    return library.seeds(pool)


@pytest.fixture(scope="module")
def sample(pool: LeanPool) -> list[library.LibraryTheorem]:
    return library.extract(pool, limit=60)


def test_there_are_seeds_with_names_of_their_own(seeds: list[Seed]) -> None:
    assert len(seeds) >= 300
    assert len({seed.name for seed in seeds}) == len(seeds)
    assert all(seed.name.startswith("Seed.") for seed in seeds)


def test_seeds_stand_in_the_order_of_their_files(seeds: list[Seed]) -> None:
    places = [(seed.file, seed.position) for seed in seeds]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_a_seed_is_cut_out_of_its_source_exactly(seeds: list[Seed]) -> None:
    (seed,) = (seed for seed in seeds if seed.name == "Seed.succ_eq_one_add")
    assert seed.head == "theorem t (n : Nat) : n + 1 = 1 + n"
    assert seed.proof == "add_comm_nat n 1"


def test_seeds_check_without_their_own_name(pool: LeanPool, seeds: list[Seed]) -> None:
    jobs = [Check(seed.name, seed.head, seed.proof, forbid=(seed.name,)) for seed in seeds]
    failed = [
        (job.id, verdict.reason, verdict.detail) for job, verdict in pool.check(jobs) if not verdict.proved
    ]
    print(f"{len(seeds) - len(failed)} of {len(seeds)} seeds check; not: {failed}")
    assert len(failed) <= 0.01 * len(seeds)


def test_a_seed_proved_by_its_own_name_is_refused(pool: LeanPool, seeds: list[Seed]) -> None:
    (seed,) = (seed for seed in seeds if seed.name == "Seed.succ_eq_one_add")
    assert pool.check_one(Check("own", seed.head, "succ_eq_one_add n")).proved
    found = pool.check_one(Check("own", seed.head, "succ_eq_one_add n", forbid=(seed.name,)))
    assert found.reason == "forbidden_constant"


def test_printed_library_theorems_read_back(sample: list[library.LibraryTheorem], pool: LeanPool) -> None:
    print(f"{len(sample)} of 60 sampled library theorems read back")
    assert len(sample) >= 0.7 * 60
    found = pool.statements([theorem.head for theorem in sample])
    for theorem, info in zip(sample, found, strict=True):
        assert isinstance(info, StatementInfo), (theorem, info)
        assert info.key == theorem.key, theorem


def test_a_printed_theorem_has_the_type_of_its_name(
    sample: list[library.LibraryTheorem], pool: LeanPool
) -> None:
    jobs = [Check(theorem.name, theorem.head, f"by apply {theorem.name}") for theorem in sample[:20]]
    proved = [verdict.proved for _, verdict in pool.check(jobs)]
    assert sum(proved) >= 0.9 * len(jobs)


def test_extracted_names_are_distinct_and_placed(sample: list[library.LibraryTheorem]) -> None:
    assert len({theorem.name for theorem in sample}) == len(sample)
    assert len({theorem.module for theorem in sample}) > 5
    assert all(theorem.module.split(".")[0] in ("Init", "Std") for theorem in sample)


def test_a_second_extraction_draws_the_same_and_leaves_out_what_is_longer(
    sample: list[library.LibraryTheorem], pool: LeanPool
) -> None:
    again = library.extract(pool, limit=60, max_chars=60)
    assert again == [theorem for theorem in sample if len(theorem.head) <= 60]
    assert 0 < len(again) < len(sample)
