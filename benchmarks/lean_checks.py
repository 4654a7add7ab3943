"""How fast proofs are checked, beside what others do, all sides in one run on the same Lean and machine.

    python benchmarks/lean_checks.py                  # all 200 statements x 32 proofs; about 10 minutes on 2 cores
    python benchmarks/lean_checks.py --statements 20  # a taste

Workload: `lean_samples.jsonl.gz` (see `make_samples.py`), real samples of the demo's model, duplicates as they come,
and with duplicates removed. Sides, each with one worker unless said:

    file   one Lean process a proof (a few of them, timed and multiplied)
    repl   a warm REPL that keeps the header's environment; each proof is a whole file (`Repl.lean`)
    stp    the project's pool: the statement once for its proofs, equal proofs once, no text of errors

A verdict of the REPL is "proved" if no message is an error or speaks of `sorry`. The benchmark stops with exit status 1
if it differs from ours anywhere.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stp.lean import build, toolchain
from stp.lean.build import Built
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings, Worker
from stp.records import Check

HERE = Path(__file__).parent
HEARTBEATS = 200_000  # the unit of maxHeartbeats: Lean's default, which the REPL has
FILES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=200)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with gzip.open(HERE / "lean_samples.jsonl.gz", "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    names = list(dict.fromkeys(row["statement"] for row in rows))
    step = max(1, len(names) // options.statements)
    chosen = set(names[::step][: options.statements])
    all_pairs = [(row["statement"], row["proof"]) for row in rows if row["statement"] in chosen]
    pairs = list(dict.fromkeys(all_pairs))
    lean = toolchain.find()
    print(f"{len(chosen)} statements, {len(all_pairs)} proofs, {len(pairs)} of them distinct", flush=True)

    file = one_process_a_file(lean, pairs)
    with rival(lean) as worker:
        start = worker.start_seconds
        repl_seconds, repl = ask_repl(worker, pairs)
        again = time.monotonic()
        for statement, proof in all_pairs:  # in their own order, as a server gets them
            worker.ask({"text": f"{statement} := {proof}"}, 600)
        repl_all = time.monotonic() - again
        repl_memory = worker.resident_bytes()
    figures = {"file": file * len(pairs), "repl": repl_seconds, "repl_all": repl_all}
    for workers in (1, 2):
        with LeanPool(
            lean, workers=workers, heartbeats=HEARTBEATS, brief=True, spares=0, timeout=600
        ) as pool:
            if workers == 1:
                ours_start = pool.workers[0].start_seconds
            figures[f"stp_{workers}"], verdicts = ask_pool(pool, pairs)
            figures[f"stp_all_{workers}"], _ = ask_pool(pool, all_pairs)
            memory = max(worker.resident_bytes() for worker in pool.workers)

    division = where_the_time_goes(lean, pairs)
    different = [pair for pair in pairs if repl[pair] != verdicts[pair]]
    proved = sum(verdicts.values())
    print(f"proved {proved} of {len(pairs)}; verdicts that differ between repl and stp: {len(different)}")
    for statement, proof in different[:20]:
        print(
            "  ",
            "repl" if repl[statement, proof] else "stp ",
            "proves",
            json.dumps([statement, proof], ensure_ascii=False),
        )
    print(
        f"worker start {ours_start:.1f} s (repl {start:.1f}), resident {memory / 1e9:.2f} GB (repl {repl_memory / 1e9:.2f})"
    )
    print("\n                          distinct            with duplicates")
    n, m = len(pairs), len(all_pairs)
    for label, a, b in (
        ("file, 1 at a time", figures["file"], file * m),
        ("repl, 1 worker", figures["repl"], figures["repl_all"]),
        ("stp, 1 worker", figures["stp_1"], figures["stp_all_1"]),
        ("stp, 2 workers", figures["stp_2"], figures["stp_all_2"]),
    ):
        print(
            f"{label:<20} {a:8.1f} s {n / a:7.1f}/s   {b:8.1f} s {m / b:7.1f}/s   "
            f"{figures['repl'] / a:5.2f} x repl   {figures['repl_all'] / b:5.2f} x repl"
        )
    print(
        f"2 workers are {figures['stp_1'] / figures['stp_2']:.2f} x 1 (distinct, workers fresh), "
        f"{figures['stp_all_1'] / figures['stp_all_2']:.2f} x 1 (with duplicates, workers warm)"
    )
    total = sum(division.values())
    print("a warm worker's time: " + ", ".join(f"{k} {100 * v / total:.0f} %" for k, v in division.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if different:
        sys.exit(1)


@contextmanager
def rival(lean: toolchain.Toolchain) -> Iterator[Worker]:
    """The REPL, compiled like the checker, with the same library beside it."""
    ours = build.ensure(lean)
    folder = Path(tempfile.mkdtemp(prefix="rival-", dir=ours.folder.parent))
    try:
        for path in [*ours.folder.glob("Seed.*"), HERE / "Repl.lean", HERE / "ReplMain.lean"]:
            shutil.copy(path, folder)
        process = lean.popen(
            ["-q", "-o", str(folder / "Repl.olean"), str(folder / "Repl.lean")], write=folder
        )
        out, _ = process.communicate(timeout=600)
        if not (folder / "Repl.olean").exists():
            sys.exit(f"Repl.lean does not compile: {out.decode()[-500:]}")
        worker = Worker(lean, Settings(), built=Built(folder, folder / "ReplMain.lean"))
        try:
            yield worker
        finally:
            worker.close()
    finally:
        shutil.rmtree(folder)


def ask_repl(worker: Worker, pairs: list[tuple[str, str]]) -> tuple[float, dict[tuple[str, str], bool]]:
    started = time.monotonic()
    found = {}
    for statement, proof in pairs:
        messages = worker.ask({"text": f"{statement} := {proof}"}, 600)["messages"]
        found[statement, proof] = not any(m["severity"] == "error" or "sorry" in m["data"] for m in messages)
    return time.monotonic() - started, found


def ask_pool(pool: LeanPool, pairs: list[tuple[str, str]]) -> tuple[float, dict[tuple[str, str], bool]]:
    started = time.monotonic()
    jobs = [Check(str(i), statement, proof) for i, (statement, proof) in enumerate(pairs)]
    found = {(job.statement, job.proof): verdict.proved for job, verdict in pool.check(jobs)}
    return time.monotonic() - started, found


def where_the_time_goes(lean: toolchain.Toolchain, pairs: list[tuple[str, str]]) -> dict[str, float]:
    """Seconds of one worker for each step, once it is warm."""
    steps = ("parsing", "elaborating", "walking the constants", "kernel")
    worker = Worker(lean, Settings())
    try:
        for _ in range(2):
            found = dict.fromkeys((*steps, "the statement, once for its proofs", "pipe and JSON"), 0.0)
            before = ""
            for statement, proof in pairs:
                request = {"op": "check", "statement": statement, "proof": proof, "heartbeats": HEARTBEATS}
                started = time.monotonic()
                answer = worker.ask({**request, "brief": True}, 600)
                rest = time.monotonic() - started - sum(answer["us"]) / 1e6
                for step, micros in zip(steps, answer["us"], strict=True):
                    found[step] += micros / 1e6
                found["pipe and JSON" if statement == before else "the statement, once for its proofs"] += (
                    rest
                )
                before = statement
    finally:
        worker.close()
    return found


def one_process_a_file(lean: toolchain.Toolchain, pairs: list[tuple[str, str]]) -> float:
    """Seconds a proof when each gets a Lean of its own."""
    if lean.kind != "embedded":
        print("one process a file is timed on the embedded Lean only")
        return float("nan")
    folder = Path(tempfile.mkdtemp(prefix="files-", dir=lean.folder.parent))
    started = time.monotonic()
    for i, (statement, proof) in enumerate(pairs[:: max(1, len(pairs) // FILES)][:FILES]):
        path = folder / f"f{i}.lean"
        path.write_text(f"import Init\nimport Std\n{statement} := {proof}\n")
        process = lean.popen(["-q", str(path)], read=[folder])
        process.communicate(timeout=600)
    seconds = (time.monotonic() - started) / min(FILES, len(pairs))
    shutil.rmtree(folder)
    return seconds


if __name__ == "__main__":
    try:
        main()
    except subprocess.TimeoutExpired:
        sys.exit("A Lean process did not end within 10 minutes.")
