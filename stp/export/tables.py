"""The rows of each table, streamed from the campaign once `chosen.choose` has said which.

`FIELDS` names every column with its kind, in order; a row is a dict with exactly these keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from stp.config import Data
from stp.data.dataset import HELD_OUT
from stp.export.chosen import of_conjectures, of_proofs
from stp.export.options import Options
from stp.export.preferences import Tried, pairs
from stp.export.text import definition
from stp.records import head_of
from stp.stages.context import DECISIVE_SQL
from stp.stages.prepare import tactics_of
from stp.store import Store

Row = dict[str, Any]

#: Samples of the statement with a decisive verdict, correct ones among them, and their ratio (none without samples):
#: in the row's iteration, and in all.
_RATES = {
    "tries": "int",
    "correct": "int",
    "pass_rate": "float",
    "tries_overall": "int",
    "correct_overall": "int",
    "pass_rate_overall": "float",
}
_PROVENANCE = {
    "statement_id": "text",
    "source": "text",
    "split": "text",
    "library_name": "text",
    "module": "text",
    "proof_by": "text",
    "model": "text",
    "iteration": "int",
    "conjectured_in": "int",
    "lemma": "text",
    "seed_statement": "text",
    "environment": "text",
}
_FAILURES = {
    "id": "text",
    "statement_id": "text",
    "statement": "text",
    "proof": "text",
    "header": "text",
    "forbid": "texts",
    "outcome": "text",
    "reason": "text",
    "detail": "text",
    "length": "int",
    "seconds": "float",
    "model": "text",
    "iteration": "int",
    **_RATES,
    "source": "text",
    "split": "text",
}
#: table → column → kind; a dict stands for a record of such columns.
FIELDS: dict[str, dict[str, Any]] = {
    "proofs": {
        "id": "text",
        "statement": "text",
        "proof": "text",
        "header": "text",
        "forbid": "texts",
        "axioms": "texts",
        "premises": "texts",
        "length": "int",
        "seconds": "float",
        "model": "text",
        "iteration": "int",
        **_RATES,
        "provenance": _PROVENANCE,
    },
    "conjectures": {
        "id": "text",
        "statement": "text",
        "header": "text",
        "iteration": "int",
        "model": "text",
        "seed_statement_id": "text",
        "seed_statement": "text",
        "lemma": "text",
        "screen": "text",
        "times_sampled": "int",
        "trains_conjecturer": "bool",
        **_RATES,
        "proofs": "int",
        "split": "text",
    },
    "preferences": {
        "prompt": "text",
        "chosen": "text",
        "rejected": "text",
        "header": "text",
        "reason": "text",
        "detail": "text",
        "statement_id": "text",
        "chosen_id": "text",
        "rejected_id": "text",
        "chosen_iteration": "int",
        "rejected_iteration": "int",
        "tries_overall": "int",
        "correct_overall": "int",
        "pass_rate_overall": "float",
        "source": "text",
        "split": "text",
    },
    "failures": _FAILURES,
    "undecided": _FAILURES,
}

_RATE_COLUMNS = (
    "i.tries, i.correct, r.tries as tries_overall, r.correct as correct_overall",
    "left join rate_in i on i.statement = s.id and i.iteration = {iteration} left join rate r on r.statement = s.id",
)
_MODEL = "(select a.model from attempts a where a.proof = p.id order by a.iteration, a.stage, a.copy limit 1) as model"
_SHORTENED = "exists (select 1 from shortenings t where t.proof = p.id) as shortened"


def split_of(table: str, row: Row) -> str:
    """What a trainer calls the row's split: `train`, unless its statement is held out."""
    name = row["provenance"]["split"] if table == "proofs" else row["split"]
    return "held_out" if name in HELD_OUT else "train"


def proofs(store: Store, options: Options) -> Iterator[Row]:
    """One row a chosen proof with its provenance, by statement; `stp verify` takes it as it is."""
    header, environment = _header(store), store.meta("environment")
    columns, joins = _RATE_COLUMNS
    tactics = tactics_of(Data(**store.config()["data"]))
    for row in store.rows(
        "select p.id, p.text, s.rest, s.source, s.split, s.name, s.module, s.lemma, s.seed, s.iteration as stated_in, "
        f"s.id as statement_id, v.axioms, v.premises, v.seconds, v.iteration, v.environment, {columns}, {_MODEL}, {_SHORTENED} "
        "from chosen c cross join proofs p on p.id = c.proof join verdicts v on v.proof = p.id and v.environment = ? "
        f"join statements s on s.id = c.statement {joins.format(iteration='v.iteration')} "
        "order by c.statement, c.proof",
        environment,
    ):
        if row["model"]:
            origin = "model"
        elif row["iteration"] > 0 or row["shortened"]:  # on the way of a shortening, or what came of it
            origin = "shortening"
        else:
            origin = "portfolio" if row["text"] in tactics else "written"
        yield {
            "id": row["id"],
            "statement": head_of(row["rest"]),
            "proof": row["text"],
            "header": header,
            "forbid": _forbid(row),
            "axioms": json.loads(row["axioms"]),
            "premises": json.loads(row["premises"]),
            "length": len(row["text"]),
            "seconds": row["seconds"],
            "model": row["model"],
            "iteration": row["iteration"],
            **_rates(row),
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


def conjectures(store: Store, options: Options) -> Iterator[Row]:
    """One row a conjecture that passed the screen, with what it was made from and how hard it was to prove."""
    header, environment = _header(store), store.meta("environment")
    condition, parameters = of_conjectures(options)
    columns, joins = _RATE_COLUMNS
    for row in store.rows(
        "with sampled as (select statement, count(*) as times, "
        "max(case when screen = 'kept' then screen end) as screen from conjectures where statement is not null group by 1) "
        "select s.id, s.rest, s.split, s.iteration, s.model, s.seed, s.lemma, o.rest as seed_rest, c.times, c.screen, "
        f"{columns}, x.statement is not null as trains, (select count(*) from proofs p join verdicts v on v.proof = p.id "
        "and v.environment = ? where p.statement = s.id and v.outcome = 'proved') as proofs "
        "from eligible e cross join statements s on s.id = e.statement left join sampled c on c.statement = s.id "
        "left join (select distinct statement from examples where role = 'conjecturer' and iteration > 0) x "
        "on x.statement = s.id "
        f"left join statements o on o.id = s.seed {joins.format(iteration='s.iteration')} "
        f"where s.source = 'conjecture' and {condition} order by e.statement",
        environment,
        *parameters,
    ):
        yield {
            "id": row["id"],
            "statement": head_of(row["rest"]),
            "header": header,
            "iteration": row["iteration"],
            "model": row["model"],
            "seed_statement_id": row["seed"],
            "seed_statement": head_of(row["seed_rest"]) if row["seed_rest"] else None,
            "lemma": row["lemma"] or None,
            "screen": row["screen"],
            "times_sampled": row["times"],
            "trains_conjecturer": bool(row["trains"]),
            **_rates(row),
            "proofs": row["proofs"],
            "split": row["split"],
        }


def preferences(store: Store, options: Options) -> Iterator[Row]:
    """At most `options.pairs` rows a statement; `prompt + chosen` is the theorem as Lean reads it."""
    header, environment = _header(store), store.meta("environment")
    condition, parameters = of_proofs(options)
    found = store.rows(
        "select s.id as statement, s.rest, s.source, s.split, p.id, p.text, v.outcome, v.reason, v.detail, v.iteration, "
        "r.tries as tries_overall, r.correct as correct_overall "
        "from (select distinct statement from chosen) c cross join statements s on s.id = c.statement "
        "join proofs p on p.statement = s.id join verdicts v on v.proof = p.id and v.environment = ? "
        "left join rate r on r.statement = s.id left join chosen k on k.statement = s.id and k.proof = p.id "
        f"where (k.proof is not null or v.outcome = 'rejected') and {condition} order by c.statement",
        environment,
        *parameters,
    )
    for statement, group in groupby(found, key=lambda row: row["statement"]):
        rows = list(group)
        tried = [Tried(*(row[k] for k in Tried.__dataclass_fields__)) for row in rows]
        proved = [t for t in tried if t.outcome == "proved"]
        rejected = [t for t in tried if t.outcome == "rejected"]
        for good, bad in pairs(proved, rejected, options.pairs):
            overall = _rates({"tries": None, "correct": None, **rows[0]})
            yield {
                "prompt": head_of(rows[0]["rest"]),
                "chosen": definition(good.text),
                "rejected": definition(bad.text),
                "header": header,
                "reason": bad.reason,
                "detail": bad.detail,
                "statement_id": statement,
                "chosen_id": good.id,
                "rejected_id": bad.id,
                "chosen_iteration": good.iteration,
                "rejected_iteration": bad.iteration,
                **{key: overall[key] for key in FIELDS["preferences"] if key in overall},
                "source": rows[0]["source"],
                "split": rows[0]["split"],
            }


def failures(store: Store, options: Options) -> Iterator[Row]:
    """Proofs that were refused, or ran into Lean's own limit: what counts as a wrong try."""
    return _not_proved(store, options, f"v.outcome != 'proved' and {DECISIVE_SQL}")


def undecided(store: Store, options: Options) -> Iterator[Row]:
    """Proofs of which nothing is known: the wall clock, memory, a lost worker. No failures. What the machine said of
    it is left out."""
    for row in _not_proved(store, options, f"not {DECISIVE_SQL}"):
        yield {**row, "detail": ""}


ROWS: dict[str, Callable[[Store, Options], Iterator[Row]]] = {
    "proofs": proofs,
    "conjectures": conjectures,
    "preferences": preferences,
    "failures": failures,
    "undecided": undecided,
}


def _not_proved(store: Store, options: Options, which: str) -> Iterator[Row]:
    header, environment = _header(store), store.meta("environment")
    condition, parameters = of_proofs(options)
    columns, joins = _RATE_COLUMNS
    for row in store.rows(
        "select p.id, p.text, s.id as statement_id, s.rest, s.name, s.source, s.split, v.outcome, v.reason, v.detail, "
        f"v.seconds, v.iteration, {columns}, {_MODEL} from eligible e cross join statements s on s.id = e.statement "
        "join proofs p on p.statement = s.id join verdicts v on v.proof = p.id and v.environment = ? "
        f"{joins.format(iteration='v.iteration')} where {which} and {condition} order by e.statement, p.id",
        environment,
        *parameters,
    ):
        yield {
            "id": row["id"],
            "statement_id": row["statement_id"],
            "statement": head_of(row["rest"]),
            "proof": row["text"],
            "header": header,
            "forbid": _forbid(row),
            "outcome": row["outcome"],
            "reason": row["reason"],
            "detail": row["detail"],
            "length": len(row["text"]),
            "seconds": row["seconds"],
            "model": row["model"],
            "iteration": row["iteration"],
            **_rates(row),
            "source": row["source"],
            "split": row["split"],
        }


def _header(store: Store) -> str:
    """What the statements stand under: that of the campaign's data sets, and the configuration's."""
    return str(store.value("select header from environments where id = ?", store.meta("environment")))


def _forbid(row: Row) -> list[str]:
    """A theorem of the library must not be proved by itself."""
    return [row["name"]] if row["name"] else []


def _rates(row: Row) -> Row:
    found: Row = {}
    for suffix in ("", "_overall"):
        tries, correct = row[f"tries{suffix}"] or 0, row[f"correct{suffix}"] or 0
        found |= {
            f"tries{suffix}": tries,
            f"correct{suffix}": correct,
            f"pass_rate{suffix}": correct / tries if tries else None,
        }
    return found
