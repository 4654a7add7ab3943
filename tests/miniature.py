"""A campaign of a minute: real Lean, a real model trained from scratch, two rounds."""

from __future__ import annotations

from pathlib import Path

TOML = """
name = "miniature"
mode = "{mode}"
iterations = {iterations}
seed = 3

[lean]
workers = 2

[data]
seeds = 250
library = 60
train = 24
held_out = 8
prefixes = ["Init.PropLemmas", "Init.SimpLemmas", "Init.Core", "Init.Data.Bool", "Init.Data.Option"]
max_chars = 70

[model]
hidden = 96
layers = 2
heads = 2
vocabulary = 700
context = 256

[sft]
epochs = 4
lr = 4e-3
warmup = 10
tokens_per_batch = 1024

[conjecture]
per_iteration = 24
max_tokens = 48

[prove]
samples = 8
max_tokens = 32

[select]
sft_share = 0.5
time_decay = 0.0

[train]
tokens_per_batch = 1024

[evaluate]
samples = 4
"""


def write(folder: Path, mode: str = "stp", iterations: int = 2) -> Path:
    """The configuration file of a miniature, in `folder`."""
    path = folder / f"{mode}.toml"
    path.write_text(TOML.format(mode=mode, iterations=iterations))
    return path
