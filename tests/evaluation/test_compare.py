"""Two results on common statements: no Lean, no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stp.evaluation import EvaluationError, passk, result
from stp.evaluation.compare import compare
from stp.evaluation.result import Report


def report(counts: dict[str, tuple[int, int]], samples: int = 8, **changed: Any) -> Report:
    """A result of (n, c) by name."""
    found: dict[str, Any] = {
        "model": {"hash": "h", "name": "m", "path": "m"},
        "data": {"name": "toy", "split": "", "card": {}},
        "environment": {"id": "e", "lean_version": "4.28", "heartbeats": 20_000},
        "sampling": {"temperature": 1.0, "top_p": 1.0, "max_tokens": 128},
        "samples": samples,
        "pass_at_k": [{"k": 1}, {"k": samples}],
    }
    rows = [{"name": name, "statement": f"of {name}", "n": n, "c": c} for name, (n, c) in counts.items()]
    return Report({**found, **changed}, rows)


A = {"a": (8, 0), "b": (8, 4), "c": (8, 8), "only_a": (8, 8)}
B = {"c": (8, 0), "b": (8, 6), "a": (8, 1), "only_b": (8, 8)}


def test_differences_are_paired_by_name() -> None:
    found = compare(report(A), report(B))
    assert (found["statements"], found["only_in_a"], found["only_in_b"]) == (3, 1, 1)
    assert (found["gained"], found["lost"], found["warnings"]) == (["a"], ["c"], [])
    first, last = found["pass_at_k"]
    assert (first["k"], last["k"]) == (1, 8)
    assert first["a"]["value"] == pytest.approx(12 / 24) and first["b"]["value"] == pytest.approx(7 / 24)
    (expected,) = passk.difference(np.array([[0], [0.5], [1]]), np.array([[0.125], [0.75], [0]]))
    assert first["difference"]["value"] == pytest.approx(expected.value) == pytest.approx(-5 / 24)
    assert first["difference"]["low"] == pytest.approx(expected.low)
    assert first["difference"]["high"] == pytest.approx(expected.high)
    assert [row["k"] for row in compare(report(A), report(B), [2, 4])["pass_at_k"]] == [2, 4]


def test_an_evaluation_does_not_differ_from_itself() -> None:
    found = compare(report(A), report(A))
    assert found["gained"] == found["lost"] == []
    assert all(row["difference"]["low"] == row["difference"]["high"] == 0.0 for row in found["pass_at_k"])


def test_a_statement_without_enough_samples_counts_on_neither_side() -> None:
    found = compare(report({**A, "c": (7, 7)}), report(B))
    last = found["pass_at_k"][-1]
    assert last["difference"]["statements"] == last["a"]["statements"] == last["b"]["statements"] == 2
    assert last["a"]["value"] == 0.5 and last["b"]["value"] == 1.0


def test_what_is_not_comparable_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no statement in common"):
        compare(report(A), report({"z": (8, 1)}))
    other = report(B)
    other.statements[0]["statement"] = "another"
    with pytest.raises(EvaluationError, match="1 of the statements that bear the same name differ"):
        compare(report(A), other)
    with pytest.raises(EvaluationError, match="pass@16 needs 16 samples"):
        compare(report(A), report(B), [1, 16])
    with pytest.raises(EvaluationError, match="no k in common"):
        compare(report(A), report(B, pass_at_k=[{"k": 3}]))


def test_other_environments_and_sampling_are_told() -> None:
    environment = {"id": "f", "lean_version": "4.28", "heartbeats": 100}
    sampling = {"temperature": 0.5, "top_p": 1.0, "max_tokens": 128}
    found = compare(report(A), report(B, environment=environment, sampling=sampling))
    assert "heartbeats: 20000, now 100" in found["warnings"][0]
    assert "temperature: 1.0, now 0.5" in found["warnings"][1]
    assert len(compare(report(A), report(A, samples=16, pass_at_k=[{"k": 1}]))["warnings"]) == 1


def test_a_result_is_read_from_its_two_files_alone(tmp_path: Path) -> None:
    made = report(A)
    result.write(tmp_path, made)
    assert result.read(tmp_path) == made
    (tmp_path / result.STATEMENTS).write_text("{broken\n")
    with pytest.raises(EvaluationError, match="is damaged: line 1"):
        result.read(tmp_path)
    (tmp_path / result.RESULT).write_text(json.dumps({"some": "JSON"}))
    (tmp_path / result.STATEMENTS).write_text("")
    with pytest.raises(EvaluationError, match="no result of an evaluation"):
        result.read(tmp_path)
