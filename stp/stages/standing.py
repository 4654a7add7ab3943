"""How the statements of the data set stand: proved, refuted or open, at the beginning of an iteration."""

from __future__ import annotations

from stp.stages.context import Context
from stp.store.schema import DATA_SET_SQL


def data_set(context: Context) -> list[str]:
    """All that the campaign is to prove."""
    return [
        row["id"]
        for row in context.store.rows(f"select s.id from statements s where {DATA_SET_SQL} order by s.id")
    ]


def proved(context: Context, iteration: int) -> set[str]:
    """Those of the data set with a correct proof from before `iteration`."""
    return {
        row["id"]
        for row in context.store.rows(
            "select distinct s.id from statements s join proofs p on p.statement = s.id join verdicts v on v.proof = p.id "
            f"and v.environment = ? where v.outcome = 'proved' and v.iteration < ? and {DATA_SET_SQL}",
            context.environment,
            iteration,
        )
    }


def refuted(context: Context, iteration: int) -> set[str]:
    """Those whose negation was proved before `iteration`."""
    return {
        row["statement"]
        for row in context.store.rows(
            "select statement from refutations where proof != '' and environment = ? and iteration < ?",
            context.environment,
            iteration,
        )
    }


def unproved(context: Context, iteration: int) -> list[str]:
    """Those that were neither proved nor refuted before `iteration`."""
    done = proved(context, iteration) | refuted(context, iteration)
    return [statement for statement in data_set(context) if statement not in done]
