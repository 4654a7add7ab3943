"""How far is the limit of the equational experiment from what can be proved: blind search on what no campaign has proved.

    python experiments/core/blind.py campaigns/equational            # 60 statements, 25 proofs each, a quarter of an hour on 2 cores

A proof introduces the statement's variables, takes one to four instances of the hypothesis at random terms, and ends with
`grind`: the form of the proofs that the model has learnt from, without the model. Same Lean, same limits as the campaigns.
Writes blind.jsonl and blind-verdicts.jsonl into the folder and prints how many of the statements fell.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from stp.store import Store

HERE = Path(__file__).parent
#: ∀ binders of the hypothesis h, and of the statement itself.
IMPLICATION = re.compile(
    r"\{G : Type _\} \[Magma G\] \(h : ∀ ([\w ]+) : G, [^:]*\) : ∀ ([\w ]+) : G, [^:]*", re.DOTALL
)


def unproved(campaigns: Path) -> dict[str, str]:
    """Statements of the training split, by id, that none of the campaigns in the folder proves."""
    rests: dict[str, str] = {}
    proved: set[str] = set()
    for database in sorted(campaigns.glob("*/campaign.db")):
        with Store.read(database.parent) as store:
            rests |= {
                row["id"]: row["rest"]
                for row in store.rows(
                    "select id, rest from statements where split = 'train' and source = 'data'"
                )
            }
            proved |= {
                row["statement"]
                for row in store.rows(
                    "select distinct p.statement from verdicts v join proofs p on p.id = v.proof "
                    "where v.outcome = 'proved'"
                )
            }
    return {id: rest for id, rest in sorted(rests.items()) if id not in proved}


def term(variables: Sequence[str], rng: random.Random, depth: int = 0) -> str:
    """A variable, or a product of at most four of them."""
    if depth > 1 or rng.random() < 0.6:
        return rng.choice(variables)
    return f"({term(variables, rng, depth + 1)} ◇ {term(variables, rng, depth + 1)})"


def proof(rest: str, rng: random.Random) -> str:
    """Random instances of the hypothesis, then grind. Raises ValueError if the statement is no implication of laws."""
    if not (found := IMPLICATION.fullmatch(rest.strip())):
        raise ValueError(rest)
    binders, bound = len(found[1].split()), found[2].split()
    variables = bound[: rng.randint(max(1, len(bound) - 1), len(bound))]
    steps = [f"intro {' '.join(variables)}"]
    for name in "abcd"[: rng.choice((1, 2, 2, 3, 3, 4))]:
        instance = [term(variables, rng) for _ in range(rng.randint(max(1, binders - 2), binders))]
        steps.append(f"have {name} := h {' '.join(instance)}")
    return f"by {'; '.join(steps)}; grind"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("campaigns", type=Path, help="the folder that run.py has put the campaigns into")
    parser.add_argument("--statements", type=int, default=60)
    parser.add_argument("--proofs", type=int, default=25, help="of each statement")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    open_ = unproved(options.campaigns)
    if len(open_) < options.statements:
        parser.error(
            f"{options.campaigns} has {len(open_)} statements without a proof, not {options.statements}"
        )
    chosen = random.Random(options.seed).sample(sorted(open_), options.statements)
    rng = random.Random(options.seed + 1)
    asked, answered = options.campaigns / "blind.jsonl", options.campaigns / "blind-verdicts.jsonl"
    with asked.open("w") as out:
        for id in chosen:
            for number in range(options.proofs):
                row = {
                    "id": f"{id}#{number}",
                    "statement": f"theorem t {open_[id]}",
                    "proof": proof(open_[id], rng),
                }
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    with Store.read(next(options.campaigns.glob("*/campaign.db")).parent) as store:
        header = store.value("select header from environments limit 1")
    lean = tomllib.loads((HERE / "equational.toml").read_text())["lean"]
    code = subprocess.run(
        [sys.executable, "-m", "stp", "verify", str(asked), "--out", str(answered), "--header", header,
         "--timeout", str(lean["timeout"]), "--heartbeats", str(lean["heartbeats"])],
        stdout=subprocess.DEVNULL,
    ).returncode  # fmt: skip
    if code:
        return code
    verdicts = [json.loads(line) for line in answered.read_text().splitlines()]
    fell = {v["id"].partition("#")[0] for v in verdicts if v["outcome"] == "proved"}
    print(
        f"{len(open_)} statements that no campaign proves; of {len(chosen)} of them {len(fell)} fall to "
        f"{options.proofs} random proofs each"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
