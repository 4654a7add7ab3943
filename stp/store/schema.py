"""The tables of a campaign's database. A change of shape raises SCHEMA and adds a migration."""

from __future__ import annotations

from typing import Any

SCHEMA = 2

#: (table, column, type) that each schema has added to the one before it.
ADDED: dict[int, list[tuple[str, str, type]]] = {
    2: [("attempts", "truncated", int), ("attempts", "temperature", float), ("attempts", "logprob", float)],
}

#: table → (columns, primary key, not-null columns)
TABLES: dict[str, tuple[dict[str, Any], Any, set[str]]] = {
    # one row a key: schema, config (JSON), environment (id)
    "meta": ({"key": str, "value": str}, "key", {"value"}),
    "environments": (
        {
            "id": str,
            "lean_version": str,
            "lean_commit": str,
            "checker": str,
            "imports": str,
            "header": str,
            "library": str,
            "heartbeats": int,
        },
        "id",
        set(),
    ),
    # `rest` is the head's text after the theorem's name; `key` is equal exactly up to renaming of variables
    "statements": (
        {
            "id": str,
            "rest": str,
            "key": str,
            "source": str,
            "split": str,
            "name": str,
            "module": str,
            "position": int,
            "iteration": int,
            "model": str,
            "lemma": str,
            "seed": str,
            "environment": str,
        },
        "id",
        {"rest", "key", "source", "split"},
    ),
    # every conjecture that was sampled, also those that the screen refused
    "conjectures": (
        {
            "id": str,
            "iteration": int,
            "copy": int,
            "model": str,
            "seed": str,
            "lemma": str,
            "prompt": str,
            "rest": str,
            "truncated": int,
            "tokens": int,
            "screen": str,
            "detail": str,
            "statement": str,
        },
        "id",
        {"iteration", "copy"},
    ),
    # every sample of the prover; `proof` is null where it was empty or cut off (`truncated`); `logprob` is the natural
    # logarithm of the model's own probability of the sample, where it was asked for
    "attempts": (
        {
            "id": str,
            "iteration": int,
            "stage": str,
            "statement": str,
            "copy": int,
            "model": str,
            "proof": str,
            "tokens": int,
            "truncated": int,
            "temperature": float,
            "logprob": float,
        },
        "id",
        {"iteration", "stage", "statement", "copy"},
    ),
    "proofs": ({"id": str, "statement": str, "text": str}, "id", {"statement", "text"}),
    "verdicts": (
        {
            "proof": str,
            "environment": str,
            "outcome": str,
            "reason": str,
            "detail": str,
            "axioms": str,
            "theorems": str,
            "premises": str,
            "seconds": float,
            "iteration": int,
        },
        ("proof", "environment"),
        {"outcome"},
    ),
    "examples": (
        {
            "id": str,
            "iteration": int,
            "role": str,
            "prompt": str,
            "completion": str,
            "weight": float,
            "statement": str,
            "proof": str,
            "parents": str,
        },
        "id",
        {"role", "prompt", "completion"},
    ),
    "models": (
        {"id": str, "iteration": int, "folder": str, "parent": str, "examples": int, "report": str},
        "iteration",
        {"id", "folder"},
    ),
    # a row says that the stage of that iteration is finished
    "stages": (
        {
            "iteration": int,
            "stage": str,
            "seconds": float,
            "sampling": float,
            "lean": float,
            "training": float,
            "figures": str,
        },
        ("iteration", "stage"),
        set(),
    ),
    # seconds spent in a stage so far, over all the runs that worked on it
    "clock": (
        {"iteration": int, "stage": str, "kind": str, "seconds": float},
        ("iteration", "stage", "kind"),
        {"seconds"},
    ),
}

INDEXES = [
    ("statements", ["key"]),
    ("statements", ["split"]),
    ("attempts", ["iteration", "stage"]),
    ("attempts", ["statement"]),
    ("attempts", ["proof"]),
    ("proofs", ["statement"]),
    ("examples", ["iteration"]),
    ("conjectures", ["iteration"]),
]
