"""How fast models are trained, beside transformers' `Trainer`, all sides in one run on the same texts and machine.

    python benchmarks/training.py                     # stp-nano on the CPU; about 2 minutes on 2 cores
    python benchmarks/training.py --model FOLDER      # another model; on the GPU, if there is one
    python benchmarks/training.py --model FOLDER --lora-rank 16 --precision bfloat16

Workload: the theorems of the seed library and of `tests/good`, as a prover's examples, each read once. Sides:

    trainer          transformers' Trainer: examples in random order, padded to the longest of a batch
    trainer-grouped  the same, batches of examples of like length (`train_sampling_strategy="group_by_length"`)
    pad, pack        ours, `trainer.packing`

All have the same weights, precision, optimizer and rate, a loss on completions alone, and as many examples a step. The
Trainer's batches on the device are as large as our pieces, and it accumulates. Each side runs in a process of its own,
in turn, `--rounds` times. Printed: real tokens a second (padding not counted) as a ratio to `trainer` of the same
round, the median of the rounds, and the peak memory (of the GPU, else of the process).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from stp.lm import formats
from stp.lm.trainer import Training, train
from stp.paths import shipped
from stp.records import Example

SIDES = ("trainer", "trainer-grouped", "pad", "pack")
STEP_TOKENS = 8192
RATE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=shipped("data") / "models" / "stp-nano")
    parser.add_argument("--tokens", type=int, default=60_000, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lora-rank", type=int, default=0)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    parser.add_argument("--device", default=None)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options)))
        return
    rounds = []
    for number in range(options.rounds):
        found = {}
        for side in SIDES:
            command = [sys.executable, __file__, *sys.argv[1:], "--side", side]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[side] = json.loads(done.stdout.splitlines()[-1])
            print(f"round {number + 1} {side}: {found[side]['rate']:,.0f} tokens/s", flush=True)
        rounds.append(found)
    one = rounds[0]["pad"]
    print(f"\n{options.model.name} on {one['device']}, {one['precision']}; {one['tokens']} tokens a round\n")
    print("| side | tokens/s | of trainer | padding | peak memory |\n|---|---|---|---|---|")
    for side in SIDES:
        rate = statistics.median(found[side]["rate"] for found in rounds)
        ratios = [found[side]["rate"] / found["trainer"]["rate"] for found in rounds]
        memory = max(found[side]["memory"] for found in rounds)
        print(
            f"| {side} | {rate:,.0f} | {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) "
            f"| {rounds[0][side]['padding']:.0%} | {memory / 1e9:.2f} GB |"
        )
    if options.json:
        options.json.write_text(json.dumps(rounds, indent=1) + "\n")


def examples(model: Path, tokens: int) -> list[Example]:
    """Theorems with proofs of the seed library and of `tests/good`, over and over up to so many tokens."""
    from stp.lm import loop

    pairs = []
    for folder in (shipped("data") / "seeds", shipped("tests") / "good"):
        for file in sorted(folder.rglob("*.lean")):
            for block in re.split(r"\n\s*\n", file.read_text()):
                found = re.fullmatch(r"theorem \S+(.*?) :=\s*(.*)", block.strip(), re.DOTALL)
                if found:
                    pairs.append(found.groups())
    native = formats.load("stp")
    some = [
        Example("prover", native.prover_prompt(rest), native.prover_completion(rest, proof))
        for rest, proof in pairs
    ]
    rows, skipped = loop.read(model, some)
    if skipped:
        some = [example for example in some if not loop.read(model, [example])[1]]
    mean = sum(len(row.ids) for row in rows) / len(rows)
    wanted = round(tokens / mean)
    return (some * (wanted // len(some) + 1))[:wanted]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    chosen = examples(options.model, options.tokens)
    with tempfile.TemporaryDirectory() as folder:
        if options.side.startswith("trainer"):
            return theirs(options, chosen, Path(folder))
        training = Training(
            lr=RATE,
            warmup=0,
            schedule="constant",
            tokens_per_batch=STEP_TOKENS,
            packing=options.side,
            precision=options.precision,
            lora_rank=options.lora_rank,
        )
        report = train(options.model, chosen, Path(folder) / "out", training, None, options.device)
    return {
        "rate": report.tokens_per_second,
        "tokens": report.tokens,
        "padding": report.padding,
        "memory": report.peak_memory,
        "device": report.device,
        "precision": report.precision,
        "loss": [report.first_loss, report.last_loss],
    }


def theirs(options: argparse.Namespace, chosen: list[Example], out: Path) -> dict[str, Any]:
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    from stp.lm import loop

    device = loop.where(options.device)
    setting = Training(precision=options.precision, lora_rank=options.lora_rank)
    model, plan = loop.prepare(options.model, setting, device, loop.Alone())
    rows, _ = loop.read(options.model, chosen)
    mean = sum(len(row.ids) for row in rows) / len(rows)
    batch = max(1, round(plan.piece_tokens / mean))
    padded = 0

    def collate(batch: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        nonlocal padded
        width = max(len(row["input_ids"]) for row in batch)
        padded += width * len(batch)
        fill = {"input_ids": 0, "attention_mask": 0, "labels": -100}
        return {
            name: torch.tensor([row[name] + [value] * (width - len(row[name])) for row in batch])
            for name, value in fill.items()
        }

    class Clock(TrainerCallback):
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.started = time.perf_counter()

        def on_train_end(self, *_: Any, **__: Any) -> None:
            self.seconds = time.perf_counter() - self.started

    data = [
        {
            "input_ids": list(row.ids),
            "attention_mask": [1] * len(row.ids),
            "labels": [-100] * row.start + list(row.ids[row.start :]),
        }
        for row in rows
    ]
    clock = Clock()
    arguments = TrainingArguments(
        str(out),
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=max(1, round(STEP_TOKENS / mean / batch)),
        num_train_epochs=1,
        learning_rate=RATE,
        lr_scheduler_type="constant",
        adam_beta2=0.95,
        train_sampling_strategy="group_by_length" if options.side == "trainer-grouped" else "random",
        bf16=plan.precision == "bfloat16",
        use_cpu=device.type == "cpu",
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=device.type == "cuda",
    )
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    result = Trainer(model, arguments, collate, data, callbacks=[clock]).train()
    tokens = sum(len(row.ids) for row in rows)
    return {
        "rate": tokens / clock.seconds,
        "tokens": tokens,
        "padding": 1 - tokens / padded,
        "memory": loop.peak_memory(device),
        "device": device.type,
        "precision": plan.precision,
        "loss": [result.training_loss],
    }


if __name__ == "__main__":
    main()
