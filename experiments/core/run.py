"""Run the experiment, or go on with it: every arm with every seed, then the evaluations, then the page.

    python experiments/core/run.py                                   # all of it, a day on 2 cores
    python experiments/core/run.py --arms stp sampling --seeds 1     # a part
    python experiments/core/run.py --at-once 2                       # two campaigns beside each other, a core each
    python experiments/core/run.py --budget 200000                   # the same campaigns go on, to a table of their own
    python experiments/core/run.py --page                            # the page again, from what is there

Interrupt or kill it at any moment: the same command goes on. Campaigns are ordinary ones, `stp status DIR` shows them.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import page
from page import HERE, arms

from stp.evaluation.result import RESULT

#: (data set, samples of each statement) that the last model of each campaign is evaluated on.
EVALUATIONS = {
    "stp": (("leanworkbook-core:held_out", 32), ("minif2f-core", 32)),
    "equational": (("equational:held_out", 32),),
    "library": (("library:held_out", 32),),
    "logic": (("logic:held_out", 32),),
}


def configured(base: Mapping[str, Any], name: str, changes: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The configuration of an arm with a seed."""
    table = copy.deepcopy(dict(base))
    for dotted, value in {**changes, "name": name, "seed": seed}.items():
        *sections, key = dotted.split(".")
        inside = table
        for section in sections:
            inside = inside.setdefault(section, {})
        inside[key] = value
    return table


def seed_of(name: str, seed: int) -> int:
    """The campaign's seed: samples of a statement depend on it and their number alone, so arms of one seed begin alike, and
    are compared in pairs; what they are measured by has seeds of its own."""
    return seed + page.OTHER_SEEDS if name == page.START else seed


def toml(table: Mapping[str, Any]) -> str:
    """The configuration as TOML; its values are written as in JSON."""
    lines = [f"{key} = {json.dumps(v)}" for key, v in table.items() if not isinstance(v, dict)]
    for section, inside in table.items():
        if isinstance(inside, dict):
            lines += ["", f"[{section}]", *(f"{key} = {json.dumps(v)}" for key, v in inside.items())]
    return "\n".join(lines) + "\n"


def start(base: Path, out: Path) -> dict[str, Any]:
    """The configuration that arms change. Where it names no model to start from, it is the one kept beside it, in BASE-base
    (another kind of CPU makes another one of the same recipe), or else one is made first, without a round of anything. Raises
    SystemExit if that does not end."""
    table = tomllib.loads(base.read_text())
    if table["model"].get("base"):
        return table
    if (kept := base.with_name(f"{base.stem}-base")).is_dir():
        return _from(table, kept)
    folder, config = out / "base", out / "configs" / "base.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    sections = ("seed", "lean", "data", "model", "sft", "trainer", "evaluate")
    parts = {key: table[key] for key in sections if key in table}
    config.write_text(toml({**parts, "name": "base", "iterations": 0}))
    if stp("run", config, "--dir", folder):
        raise SystemExit("the model to start from is not finished; run the same command again")
    return _from(table, folder / "models" / "0")


def _from(table: dict[str, Any], model: Path) -> dict[str, Any]:
    """The table with a model to start from as it is, in the place of one made from scratch."""
    model_of = {"base": str(model), "context": table["model"]["context"]}
    return {**table, "model": model_of, "sft": {**table["sft"], "epochs": 0}}


def stp(*arguments: object, log: Path | None = None) -> int:
    """Run a command of stp. log: where what it says goes, behind what is there; else it goes where this script's goes."""
    command = [sys.executable, "-m", "stp", *map(str, arguments)]
    if log is None:
        return subprocess.run(command).returncode
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        return subprocess.run(command, stdout=out, stderr=subprocess.STDOUT).returncode


def run(
    table: Mapping[str, Any],
    out: Path,
    name: str,
    changes: Mapping[str, Any],
    seed: int,
    evaluations: Sequence[tuple[str, int]],
    quiet: bool = False,
) -> bool:
    """Run one campaign to its end, and its evaluations. quiet: what they say goes to OUT/logs. Returns whether all of it is
    there."""
    folder = out / f"{name.replace(',', '').replace(' ', '-')}-{seed}"
    config = out / "configs" / f"{folder.name}.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(toml(configured(table, name, changes, seed)))
    log = out / "logs" / f"{folder.name}.log" if quiet else None
    begun = time.monotonic()
    print(f"== {folder.name}", flush=True)
    budget = table["prove"]["budget"]
    finished = not stp("run", config, "--dir", folder, log=log) and all(
        evaluated(
            table,
            folder,
            data,
            samples,
            seed,
            out / page.evaluation(folder.name, budget, data),
            log,
        )
        for data, samples in evaluations
    )
    if log:
        how = "finished" if finished else f"NOT finished, see {log}"
        print(f"   {folder.name}: {how}, {(time.monotonic() - begun) / 60:.1f} min", flush=True)
    return finished


def evaluated(
    table: Mapping[str, Any],
    model: Path,
    data: str,
    samples: int,
    seed: int,
    folder: Path,
    log: Path | None = None,
) -> bool:
    """Evaluate a campaign's last model, unless that is done. Returns whether it is; samples that Lean gives no verdict on do
    not count and are not tried for ever."""
    if not (folder / RESULT).exists():
        stp("eval", "--model", model, "--data", data, "--samples", samples, "--seed", seed, "--k", "1,8,32",
            "--max-tokens", table["prove"]["max_tokens"], "--header", table["lean"]["header"],
            "--timeout", table["lean"]["timeout"], "--heartbeats", table["lean"].get("heartbeats", 20_000), "--cache",
            "--out", folder, log=log)  # fmt: skip
    return (folder / RESULT).exists()


def all_of(
    table: Mapping[str, Any],
    out: Path,
    base: str,
    tasks: Sequence[tuple[str, Mapping[str, Any], int]],
    at_once: int,
) -> list[bool]:
    """Run the arms (name, changes, seed), so many beside each other, and say of each whether it is finished. An interrupt or a fault
    begins no more of them, and waits for those that run to stop."""
    if at_once > 1:  # each with its part of the cores
        os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // at_once)))

    def one(task: tuple[str, Mapping[str, Any], int]) -> bool:
        name, changes, seed = task
        data = () if name == page.START else EVALUATIONS.get(base, ())
        return run(table, out, name, changes, seed_of(name, seed), data, at_once > 1)

    with ThreadPoolExecutor(at_once) as lanes:
        futures = [lanes.submit(one, task) for task in tasks]
        try:
            return [future.result() for future in futures]
        except BaseException:
            lanes.shutdown(cancel_futures=True)
            raise


def main() -> int:
    known = arms()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--base", type=Path, default=HERE / "stp.toml", help="the configuration that arms change"
    )
    parser.add_argument("--arms", nargs="+", choices=list(known), default=list(known), metavar="ARM")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--out", type=Path, help="where campaigns go (default: campaigns/BASE)")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="campaigns beside each other")
    parser.add_argument(
        "--budget",
        type=int,
        metavar="PROOFS",
        help="for each campaign, in the place of the configuration's; after a smaller one they go on where they ended",
    )
    parser.add_argument("--page", action="store_true", help="only make the page from what is there")
    options = parser.parse_args()
    if options.at_once < 1:
        parser.error("--at-once takes a number of campaigns, 1 or more")
    if options.budget is not None and options.budget < 1:
        parser.error("--budget takes a number of proofs, 1 or more")
    out = options.out or Path("campaigns") / options.base.stem
    usual = tomllib.loads(options.base.read_text())["prove"]["budget"]
    budget = options.budget or usual
    title = options.base.stem if budget == usual else f"{options.base.stem}-{budget}"
    failed = []
    if not options.page:
        table = start(options.base, out)
        table["prove"]["budget"] = budget
        tasks = [(name, known[name], seed) for seed in options.seeds for name in options.arms]
        done = all_of(table, out, options.base.stem, tasks, options.at_once)
        failed = [f"{name}, seed {seed}" for (name, _, seed), ok in zip(tasks, done, strict=True) if not ok]
    page.make(out, HERE, title, budget)
    if failed:
        print(f"not finished: {'; '.join(failed)}. Run the same command again.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
