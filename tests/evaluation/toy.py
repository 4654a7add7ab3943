"""A small data set, and how a process of its own finds it."""

from __future__ import annotations

from stp.data.dataset import DataSet, Entry

RESTS = (
    "(a b : Nat) : a + b = b + a",
    "(p q : Prop) : p ∧ q → q ∧ p",
    "(n : Nat) : n + 0 = n",
    "(a b : Nat) (h : a < b) : a < b + 1",
    "(n : Nat) : n * n = n",
    "(xs : List Nat) : xs ++ [] = xs",
)
ENTRIES = (
    *(
        Entry(f"toy_{i}", f"theorem toy_{i} {rest}", "test" if i % 2 else "valid")
        for i, rest in enumerate(RESTS)
    ),
    Entry("with_header", "theorem with_header : twice 2 = 4", "test", header="def twice (n : Nat) := n + n"),
    Entry("banned", "theorem banned (a b : Nat) : a * b = b * a", "valid", forbid=("Nat.mul_comm",)),
    Entry("not_here", "theorem not_here : Real.sqrt 4 = 2", "test"),
)
TOY = DataSet("toy", ENTRIES, {"title": "Toy", "part_of": "Toys", "note": "what needs no Mathlib"})

#: Begins a process whose data sets lie in the folder $STP_TEST_DATA: the cache folder also holds Lean.
DRIVER = """
import os, pathlib
from stp.data import dataset
dataset.folder = lambda name: pathlib.Path(os.environ["STP_TEST_DATA"]) / name
from stp.evaluation import run
run.SAMPLE_BLOCK = int(os.environ.get("STP_TEST_BLOCK", run.SAMPLE_BLOCK))
from stp.cli import main
main()
"""
