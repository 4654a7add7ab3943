"""Campaigns of a minute: real Lean, real models, two rounds. One with the defaults, which trains a model from scratch, and
one from the shipped model with everything that is off by default."""

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

SWITCHES = """
name = "switches"
iterations = 2
seed = 4

[data]
seeds = 40
library = 0
train = 16
held_out = 4
prefixes = ["Init.Data.List", "Init.Data.Array", "Init.Data.Vector", "Init.Data.Nat"]
max_chars = 90

[model]
base = "stp-nano"
context = 192

[sft]
epochs = 0
tokens_per_batch = 1024

[conjecture]
per_iteration = 48
max_tokens = 48
screen_false = true

[prove]
samples = 8
first = 3
budget = 280
max_tokens = 32
disprove = true
shorten = true

[select]
sft_share = 0.2
time_decay = 0.0
barely_provable = 1.0
prover_below = 1.0
unused_lemma = "trivial"
inelegant = 0.4

[train]
tokens_per_batch = 1024

[refresh]
at = 1

[evaluate]
samples = 2
"""


def write(folder: Path, mode: str = "stp", iterations: int = 2) -> Path:
    """The configuration file of a miniature, in `folder`."""
    path = folder / f"{mode}.toml"
    path.write_text(TOML.format(mode=mode, iterations=iterations))
    return path


def write_switches(folder: Path) -> Path:
    """The same of the one with everything switched on."""
    path = folder / "switches.toml"
    path.write_text(SWITCHES)
    return path
