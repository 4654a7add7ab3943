"""Tokens a second of ways to sample proofs from one model: stp's decoder, vLLM, transformers, CTranslate2.

    python benchmarks/sampling.py                          # stp-nano, 8 prompts × 32 samples, 3 rounds
    python benchmarks/sampling.py --model FOLDER --prompts 64 --tokens 512

Each way runs in a process of its own, which loads the model, draws once to warm up and is then told when to draw; the
ways take turns, so that whatever else the machine does falls on all of them. Printed are the median over the rounds
and its ratio to the reference (vLLM where it is installed, else transformers' generate). All draw at temperature 1 and
stop at the end token; tokens are those of the samples, ends included. Ways whose package is missing are named.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stp import paths

SAMPLES = 32
STATEMENTS = (
    "(a b : Nat) : a + b = b + a",
    "(p q : Prop) : p ∧ q → q ∧ p",
    "(x y : Int) (h : x < y) : x + 1 ≤ y",
    "(n : Nat) (h : 0 < n) : n - 1 < n",
    "{α : Type} (l : List α) : l ++ [] = l",
    "(a b c : Nat) (h : a ≤ b) : a * c ≤ b * c",
    "(f : Nat → Nat) (h : ∀ n, f n = n) : f 2 + f 3 = 5",
    "(o : Option Nat) (h : o ≠ none) : o.isSome = true",
)

#: Draws all samples with this seed; returns the tokens generated.
Draw = Callable[[int], int]


def prompts(count: int) -> list[str]:
    from stp.lm import formats

    native = formats.load("stp")
    return [
        native.prover_prompt(STATEMENTS[i % len(STATEMENTS)] + " " * (i // len(STATEMENTS)))
        for i in range(count)
    ]


def of_sampler(kind: str, dtype: str) -> Callable[[Path, int, int], Draw]:
    def make(model: Path, count: int, tokens: int) -> Draw:
        from stp.config import Sampler as Settings
        from stp.lm.sampler import SampleRequest, Sampling, open_sampler

        batch = SAMPLES * min(count, 8)
        sampler = open_sampler(Settings(kind=kind, batch=batch, dtype=dtype), model)

        def draw(seed: int) -> int:
            requests = [
                SampleRequest(prompt, tuple(1_000_000 * seed + 1000 * i + c for c in range(SAMPLES)))
                for i, prompt in enumerate(prompts(count))
            ]
            return sum(s.tokens for s in sampler.sample(requests, Sampling(max_tokens=tokens)))

        return draw

    return make


def generate(model: Path, count: int, tokens: int) -> Draw:
    """transformers' `generate`, prompts of one batch padded on the left."""
    import torch

    from stp.lm import model as models
    from stp.lm.tokenizer import Codec

    device = "cuda" if torch.cuda.is_available() else "cpu"
    codec, loaded = Codec(model), models.load(model, device, "float32" if device == "cpu" else "auto")
    ids = codec.prompts(prompts(count))

    def draw(seed: int) -> int:
        torch.manual_seed(seed)
        made = 0
        for start in range(0, count, 8):
            block = ids[start : start + 8]
            width = max(map(len, block))
            padded = torch.tensor([[0] * (width - len(row)) + row for row in block], device=device)
            mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in block], device=device)
            out = loaded.generate(
                padded, attention_mask=mask, do_sample=True, top_k=0, max_new_tokens=tokens,
                num_return_sequences=SAMPLES, pad_token_id=0,
            )  # fmt: skip
            ends = torch.isin(out[:, width:], torch.tensor(sorted(codec.ends), device=device))
            first = torch.where(ends.any(1), ends.int().argmax(1) + 1, ends.shape[1])
            made += int(first.sum())
        return made

    return draw


def continuous(model: Path, count: int, tokens: int) -> Draw:
    """transformers' continuous batching, `generate_batch`."""
    import torch
    from transformers import GenerationConfig

    from stp.lm import model as models
    from stp.lm.tokenizer import Codec

    device = "cuda" if torch.cuda.is_available() else "cpu"
    codec, loaded = Codec(model), models.load(model, device, "float32" if device == "cpu" else "auto")
    ids = [row for row in codec.prompts(prompts(count)) for _ in range(SAMPLES)]
    how = GenerationConfig(
        do_sample=True, top_k=0, max_new_tokens=tokens, eos_token_id=sorted(codec.ends), pad_token_id=0,
        max_batch_tokens=1024, num_blocks=512,
    )  # fmt: skip

    def draw(seed: int) -> int:
        torch.manual_seed(seed)
        found = loaded.generate_batch(inputs=ids, generation_config=how, progress_bar=False)
        if len(found) < len(ids):
            raise RuntimeError(f"only {len(found)} of {len(ids)} samples came back")
        return sum(len(row.generated_tokens) for row in found.values())

    return draw


def ctranslate2(model: Path, count: int, tokens: int) -> Draw:
    """CTranslate2, which has the samples of a prompt decoded one prompt beside another."""
    import ctranslate2 as library

    from stp.lm.tokenizer import Codec

    codec = Codec(model)
    folder = Path(tempfile.mkdtemp()) / "model"
    library.converters.TransformersConverter(str(model)).convert(str(folder))
    generator = library.Generator(str(folder), inter_threads=1, intra_threads=os.cpu_count() or 1)
    start = [[codec.tokenizer.id_to_token(i) for i in ids] for ids in codec.prompts(prompts(count))]
    end = sorted(codec.ends)

    def draw(seed: int) -> int:
        library.set_random_seed(seed)
        found = generator.generate_batch(
            [row for row in start for _ in range(SAMPLES)], max_batch_size=256, max_length=tokens,
            sampling_topk=0, sampling_temperature=1.0, end_token=end, include_prompt_in_result=False,
        )  # fmt: skip
        return sum(len(row.sequences_ids[0]) + 1 for row in found)

    return draw


WAYS: dict[str, tuple[str, Callable[[Path, int, int], Draw]]] = {
    "vllm": ("vllm", of_sampler("vllm", "auto")),
    "vllm float32": ("vllm", of_sampler("vllm", "float32")),
    "stp float32": ("torch", of_sampler("transformers", "float32")),
    "stp bfloat16": ("torch", of_sampler("transformers", "bfloat16")),
    "generate": ("transformers", generate),
    "generate_batch": ("transformers", continuous),
    "ctranslate2": ("ctranslate2", ctranslate2),
}


def serve(way: str, model: Path, count: int, tokens: int) -> None:
    """A child: one line of JSON for each seed that it reads."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries talk
    draw = WAYS[way][1](model, count, tokens)
    draw(0)
    print("ready", file=replies)
    for line in sys.stdin:
        started = time.perf_counter()
        made = draw(int(line))
        print(json.dumps([made, time.perf_counter() - started]), file=replies)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=paths.shipped("data/models/stp-nano"))
    parser.add_argument("--prompts", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.model, asked.prompts, asked.tokens)
        return
    children: dict[str, subprocess.Popen[str]] = {}
    for way in asked.ways.split(","):
        options = [f"--{key}={getattr(asked, key)}" for key in ("model", "prompts", "tokens")]
        with tempfile.TemporaryFile("w+") as log:
            child = subprocess.Popen(
                [sys.executable, __file__, "--serve", way, *options],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
            assert child.stdout
            if child.stdout.readline().strip() == "ready":
                children[way] = child
            else:
                log.seek(0)
                last = [line for line in log.read().splitlines() if line.strip()][-1:]
                why = "".join(last) or f"exit status {child.wait()}"
                print(f"{way:16} does not run: {why[:150]}")
    rates: dict[str, list[float]] = {way: [] for way in children}
    for seed in range(1, asked.rounds + 1):
        for way, child in children.items():
            assert child.stdin and child.stdout
            child.stdin.write(f"{seed}\n")
            child.stdin.flush()
            made, seconds = json.loads(child.stdout.readline())
            rates[way].append(made / seconds)
    for child in children.values():
        child.terminate()
    medians = {way: statistics.median(found) for way, found in rates.items()}
    reference = next(way for way in ("vllm", "generate", *medians) if way in medians)
    print(
        f"\n{asked.prompts} prompts × {SAMPLES} samples, at most {asked.tokens} tokens, {asked.rounds} rounds"
    )
    print(f"{'':16} {'tokens/s':>10}  ratio to {reference}")
    for way, rate in sorted(medians.items(), key=lambda item: -item[1]):
        print(f"{way:16} {rate:10,.0f}  {rate / medians[reference]:.2f}")


if __name__ == "__main__":
    main()
