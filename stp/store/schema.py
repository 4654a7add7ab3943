"""The tables of a campaign's database. A change of shape raises SCHEMA and adds a migration."""

from __future__ import annotations

from typing import Any

SCHEMA = 7

#: What stands behind a campaign's last iteration is kept under that iteration's number plus this.
FINAL = 1_000_000

#: SQL: the statements `s` that a campaign is to prove.
DATA_SET_SQL = "s.split = 'train' and s.source in ('library', 'data')"

#: (table, column, type) that each schema has added to the one before it; tables that are new are made besides, and the
#: configuration gets the keys that it lacked.
ADDED: dict[int, list[tuple[str, str, type]]] = {
    2: [("attempts", "truncated", int), ("attempts", "temperature", float), ("attempts", "logprob", float)],
    3: [("conjectures", "selected", str), ("conjectures", "weight", float), ("statements", "forbid", str)],
    4: [("conjectures", "target", str)],
    5: [],
    6: [],
    7: [("conjectures", "key", str)],
}

#: What campaigns of before a schema did, by keys of the configuration that they did not have.
BEFORE: dict[int, dict[str, Any]] = {
    3: {
        "conjecture.seeds": "all",
        "conjecture.screen_known": False,
        "select.inelegant": 0.0,
        "select.transport": "off",
        "select.start": "previous",
        "refresh.at": 0,
        "retrain.on": False,
    },
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
    # `rest` is the head's text after the theorem's name; `key` is equal exactly up to renaming of variables; `forbid` are
    # constants (JSON) that no proof may use, besides `name`
    "statements": (
        {
            "id": str,
            "rest": str,
            "key": str,
            "source": str,
            "split": str,
            "name": str,
            "forbid": str,
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
    # every conjecture that was sampled, also those that the screen refused; `target` is the unproved statement whose
    # hypotheses it was given; `key` is its type's, if Lean could read it; `selected` says whether it trains the
    # conjecturer, and why not, `weight` how much
    "conjectures": (
        {
            "id": str,
            "iteration": int,
            "copy": int,
            "model": str,
            "seed": str,
            "lemma": str,
            "target": str,
            "prompt": str,
            "rest": str,
            "key": str,
            "truncated": int,
            "tokens": int,
            "screen": str,
            "detail": str,
            "statement": str,
            "selected": str,
            "weight": float,
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
    # how many proofs of a statement an iteration samples: in the first wave, and in later ones, when it is known which
    # succeeded
    "allotments": (
        {"iteration": int, "wave": int, "statement": str, "samples": int},
        ("iteration", "wave", "statement"),
        {"samples"},
    ),
    # statements whose negation was looked for, and its `proof`; empty: none was found
    "refutations": (
        {"statement": str, "environment": str, "proof": str, "iteration": int},
        ("statement", "environment"),
        {"proof"},
    ),
    # `proof` is what `source`, a longer proof of the same statement, was shortened to
    "shortenings": ({"proof": str, "source": str, "iteration": int}, ("proof", "source"), set()),
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
    ("attempts", ["statement", "iteration"]),
    ("attempts", ["proof"]),
    ("proofs", ["statement"]),
    ("verdicts", ["outcome", "iteration"]),
    ("examples", ["iteration"]),
    ("conjectures", ["iteration"]),
]
