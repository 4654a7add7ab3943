"""Verified proofs as JSONL, each line with its provenance; `stp verify` takes the file as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stp.records import head_of
from stp.store.store import Store


def verified(store: Store) -> Iterator[dict[str, Any]]:
    """One row a verified proof, in an order that depends on the campaign alone."""
    header = store.config()["lean"]["header"]
    for row in store.rows(
        "select p.id, p.text, s.rest, s.source, s.split, s.name, s.module, s.lemma, s.seed, s.iteration as stated_in, "
        "s.id as statement_id, v.axioms, v.premises, v.seconds, v.iteration, v.environment, "
        "(select a.model from attempts a where a.proof = p.id order by a.iteration, a.stage, a.copy limit 1) as model "
        "from verdicts v join proofs p on p.id = v.proof join statements s on s.id = p.statement "
        "where v.outcome = 'proved' order by s.id, p.id"
    ):
        origin = "model" if row["model"] else ("written" if row["source"] == "seed" else "portfolio")
        yield {
            "id": row["id"],
            "statement": head_of(row["rest"]),
            "proof": row["text"],
            "header": header,
            "forbid": [row["name"]] if row["name"] else [],
            "axioms": json.loads(row["axioms"]),
            "premises": json.loads(row["premises"]),
            "provenance": {
                "statement_id": row["statement_id"],
                "source": row["source"],
                "split": row["split"],
                "library_name": row["name"] or None,
                "module": row["module"] or None,
                "proof_by": origin,
                "model": row["model"],
                "iteration": row["iteration"],
                "conjectured_in": row["stated_in"] if row["source"] == "conjecture" else None,
                "lemma": row["lemma"] or None,
                "seed_statement": row["seed"],
                "environment": row["environment"],
            },
        }
