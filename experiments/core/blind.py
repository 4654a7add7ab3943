"""Blind search in the equational experiment: proofs drawn at random, without a model, checked with its Lean and its limits.

    python experiments/core/blind.py sft equational instances.jsonl      # proofs to learn from: a quarter of an hour on 2 cores
    python experiments/core/blind.py open campaigns/equational           # on what no campaign has proved: a quarter of an hour

A proof introduces the statement's variables, takes one to four instances of the hypothesis at random terms, and ends with
`grind`. `sft` draws them for the statements set aside for SFT and writes the correct ones as a data set to import; `open` says how
far the limit of the experiment is from what can be proved: how many statements fall that no campaign in a folder has proved.
What was asked and answered is kept in PLACE-blind.jsonl and PLACE-verdicts.jsonl; a command that was killed goes on with the
verdicts it had.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import page

from stp.data import dataset
from stp.errors import InputError
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
    for database in campaigns.glob("*/campaign.db"):
        with Store.read(database.parent) as store:
            rows = store.rows("select id, rest from statements where split = 'train' and source = 'data'")
            rests |= {row["id"]: row["rest"] for row in rows}
            proved |= page.proved(store)
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


def drawn(rest: str, number: int, rng: random.Random) -> list[str]:
    """So many different proofs, or fewer where there are hardly any."""
    found = dict.fromkeys(proof(rest, rng) for _ in range(4 * number))
    return list(found)[:number]


def search(
    rests: Mapping[str, str], number: int, seed: int, place: Path, header: str
) -> dict[str, list[str]]:
    """The correct ones among `number` random proofs of each statement (by its name); none, no entry."""
    rng = random.Random(seed)
    asked, answered = Path(f"{place}-blind.jsonl"), Path(f"{place}-verdicts.jsonl")
    proofs = {name: drawn(rest, number, rng) for name, rest in rests.items()}
    with asked.open("w", encoding="utf-8") as out:
        for name, texts in proofs.items():
            for i, text in enumerate(texts):
                row = {"id": f"{name}#{i}", "statement": f"theorem t {rests[name]}", "proof": text}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    lean = tomllib.loads((HERE / "equational.toml").read_text())["lean"]
    code = subprocess.run(
        [sys.executable, "-m", "stp", "verify", str(asked), "--out", str(answered), "--header", header,
         "--timeout", str(lean["timeout"]), "--heartbeats", str(lean["heartbeats"]), "--cache", "--brief"],
        stdout=subprocess.DEVNULL,
    ).returncode  # fmt: skip
    if code:
        raise SystemExit(code)
    correct: dict[str, list[str]] = defaultdict(list)
    for line in answered.read_text(encoding="utf-8").splitlines():
        verdict = json.loads(line)
        name, _, i = verdict["id"].rpartition("#")
        if verdict["outcome"] == "proved":
            correct[name].append(proofs[name][int(i)])
    return correct


def of_open(campaigns: Path, statements: int, proofs: int, seed: int) -> None:
    """Print how many of so many statements fall that no campaign has proved."""
    open_ = unproved(campaigns)
    if len(open_) < statements:
        raise SystemExit(f"{campaigns} has {len(open_)} statements without a proof, not {statements}")
    chosen = random.Random(seed).sample(sorted(open_), statements)
    with Store.read(next(campaigns.glob("*/campaign.db")).parent) as store:
        header = store.value("select header from environments limit 1")
    fell = search({id: open_[id] for id in chosen}, proofs, seed + 1, campaigns / "open", header)
    print(
        f"{len(open_)} statements that no campaign proves; of {statements} of them {len(fell)} fall to "
        f"{proofs} random proofs each"
    )


def for_sft(name: str, out: Path, proofs: int, most: int, seed: int) -> None:
    """Write the first `most` correct ones of so many proofs of each SFT statement, for `stp data import`."""
    _, entries = dataset.select(f"{name}:sft")
    rests = {e.name: e.statement.partition(e.name)[2].strip() for e in entries}
    correct = search(rests, proofs, seed, out.with_suffix(""), entries[0].header)
    with out.open("w", encoding="utf-8") as file:
        for entry in entries:
            for i, text in enumerate(correct.get(entry.name, [])[:most]):
                row = {"name": f"{entry.name}_{i}", "split": "sft", "proof": text}
                statement = f"theorem {entry.name}_{i} {rests[entry.name]}"
                file.write(json.dumps({**row, "statement": statement}, ensure_ascii=False) + "\n")
    print(f"{len(correct)} of {len(rests)} statements of {name}:sft have a proof; {out} has the data set")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    what = parser.add_subparsers(dest="what", required=True)
    sft = what.add_parser("sft", help="correct random proofs of a data set's SFT statements")
    sft.add_argument("name", help="the data set; its split sft is read")
    sft.add_argument("out", type=Path, help="the JSON lines to write")
    sft.add_argument("--proofs", type=int, default=32, help="drawn for each statement")
    sft.add_argument("--most", type=int, default=8, help="correct ones of a statement that are kept")
    of = what.add_parser("open", help="how many statements fall that no campaign has proved")
    of.add_argument("campaigns", type=Path, help="the folder that run.py has put the campaigns into")
    of.add_argument("--statements", type=int, default=60)
    of.add_argument("--proofs", type=int, default=25, help="of each statement")
    options = parser.parse_args()
    try:
        if options.what == "sft":
            for_sft(options.name, options.out, options.proofs, options.most, options.seed)
        else:
            of_open(options.campaigns, options.statements, options.proofs, options.seed)
    except (InputError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
