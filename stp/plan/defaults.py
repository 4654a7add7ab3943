"""Defaults of a plan's rates, and what the recipe itself says. Every constant names its source."""

from __future__ import annotations

from collections import Counter

from stp.config import Config
from stp.data import dataset
from stp.data.dataset import HELD_OUT
from stp.errors import InputError
from stp.plan.devices import Device, decoding, device, training
from stp.plan.rates import Rate
from stp.plan.shape import Model

PAPER = "STP paper (arXiv 2502.00212)"
NANO = "experiments/nano.toml, measured"

#: Statements of the public data sets by split, for those that are not installed.
SIZES: dict[str, dict[str, int]] = {
    "leanworkbook": {"train": 89_221},  # deduplicated: STP paper, A.4
    "minif2f": {"valid": 244, "test": 244},
    "proofnet": {"valid": 185, "test": 186},
    "proofnet-verified": {"test": 367},
    "putnambench": {"test": 672},
}
#: Theorems of the shipped seed library (data/seeds).
SEEDS = 879
#: Below so many parameters a campaign is taken to run on a CPU.
SMALL = 100e6
#: Prover examples of the supervised start a statement of the library that the portfolio tries: 4,606 of 3,600 (nano).
PORTFOLIO_EXAMPLES = 1.28
#: At most so many triples train the conjecturer at the start (`stp.stages.prepare.TRIPLES`).
TRIPLES = 1500


def of(config: Config, model: Model, known: dict[str, Rate]) -> dict[str, Rate]:
    """All rates: those of `known`, and for the rest what the recipe says or the default.

    Raises InputError if the size of a data set is not known.
    """
    rates = dict(known)

    def default(key: str, value: float | str | tuple[tuple[float, float], ...], note: str) -> None:
        rates.setdefault(key, Rate(float(value) if isinstance(value, int) else value, "default", note))

    if "statements" not in rates:
        rates["statements"] = _statements(config.data.sets, config.data.train, "train")
    if "held_out" not in rates:
        rates["held_out"] = _statements(config.data.held_out_sets, config.data.held_out, "")
    native = bool(config.lean.project) or "Mathlib" in config.lean.imports
    default(
        "gpu", "cpu" if model.parameters < SMALL else "h100", f"for {model.parameters / 1e9:.3g} B parameters"
    )
    machine = device(str(rates["gpu"].value))
    default(
        "proved",
        ((0, 0.0), (24, 0.263), (48, 0.285)),
        f"{PAPER}: 26.3 % after 24 iterations, 28.5 % after 48; straight between",
    )
    default("proof_tokens", min(213.0, config.prove.max_tokens), f"{PAPER}: 51.3 B tokens, 241 M proofs")
    default(
        "completion_tokens",
        rates["proof_tokens"].value,
        "as proof_tokens: the model writes nothing but the proof",
    )
    default(
        "conjecture_tokens",
        min(60.0, config.conjecture.max_tokens),
        "146 characters, the mean of 25,844 statements of Lean Workbook; 2.5 a token assumed",
    )
    default("prover_prompt_tokens", 120.0, "assumed: statement 60, frame and header 60")
    default("conjecturer_prompt_tokens", 370.0, "assumed: lemma 40, seed 60, its proof 213, frame 57")
    default("conjectures_kept", 1.0, "upper bound: none is refused")
    default("distinct_proofs", 1.0, "upper bound: no two samples are alike")
    default("prover_examples", 0.3, f"{NANO}: 0.23 to 0.33 in rounds 2 and 3")
    default("conjecturer_examples", 0.1, "assumed")
    library = config.data.library
    seeds = min(SEEDS, config.data.seeds) if "Seed" in config.lean.imports else 0
    default(
        "sft_examples",
        float(seeds + round(PORTFOLIO_EXAMPLES * library) + (TRIPLES if seeds or library else 0)),
        f"seed library {seeds}, {PORTFOLIO_EXAMPLES} a library statement ({NANO}), at most {TRIPLES} triples",
    )
    if native:
        default(
            "lean_seconds",
            0.64,
            "Kimina-Prover report: up to 100 checks a second on 64 cores; at best, so measure yours",
        )
        default("lean_worker_gb", 1.0, "assumed; no native Lean ran under this project")
        default("lean_shared_gb", 5.0, "assumed: Mathlib's compiled modules, mapped once")
    else:
        default("lean_seconds", 0.02, f"{NANO}: 1,845 s for 93,347 checks")
        default("lean_worker_gb", 1.8, "embedded Lean, measured: 1.1 to 1.8")
        default("lean_shared_gb", 0.0, "embedded Lean shares nothing")
    default("disprove_seconds", 0.15, "docs/lean.md: 300 statements of Lean Workbook's core, embedded Lean")
    default("shorten_checks", 3.4, "docs/lean.md: 300 proofs written by a model")
    context = rates["prover_prompt_tokens"].number + rates["proof_tokens"].at(0) / 2
    if "sampling_tokens_per_second" not in rates:
        default(
            "sampling_efficiency",
            0.5,
            "vLLM, Llama 3.1 8B on an H100: 12,500 tokens/s published, half its roofline",
        )
        roofline = _roofline(config, model, machine, context)
        default(
            "sampling_tokens_per_second",
            rates["sampling_efficiency"].number * roofline,
            f"roofline {roofline:,.0f} × sampling_efficiency ({machine.note})",
        )
    if "training_tokens_per_second" not in rates:
        default(
            "mfu",
            0.4,
            "usual for 7B on A100 and H100 (PaLM, arXiv 2204.02311, defines it; 0.3 to 0.5 published)",
        )
        lora, again = config.trainer.lora_rank > 0, config.trainer.gradient_checkpointing
        default(
            "training_tokens_per_second",
            training(
                model.parameters, machine, utilisation=rates["mfu"].number, lora=lora, checkpointing=again
            ),
            f"mfu × FLOPs / ({(4 if lora else 6) + (2 if again else 0)} · parameters) ({machine.note})",
        )
    if config.sampler.kind in ("vllm", "server"):
        default("overlap", 0.9, "assumed: proofs are checked on the CPU while others are being sampled")
    else:
        default("overlap", 0.0, "sampler and Lean share the CPU")
    if model.parameters < SMALL:
        default("saved_bytes_per_parameter", 4, "written as the base is: float32, as stp makes models")
    else:
        default("saved_bytes_per_parameter", 2, "written as the base is: 16 bits assumed")
    default("database_bytes", 420.0, f"{NANO}: 58 MB for 133,216 samples, texts left out")
    return rates


def _roofline(config: Config, model: Model, machine: Device, context: float) -> float:
    """Tokens a second and GPU that could be reached. GPUs that share a model are counted no faster than as many with
    a model each, for what they tell each other is not counted."""
    counts = {config.sampler.gpus}
    if 2.0 * model.parameters < machine.memory * config.sampler.gpu_memory:
        counts.add(1)
    return min(
        decoding(
            model.shape,
            model.parameters,
            machine,
            gpus=gpus,
            batch=config.sampler.batch,
            context=context,
            share=config.sampler.gpu_memory,
        )
        for gpus in counts
    )


def _statements(specs: tuple[str, ...], library: int, split: str) -> Rate:
    """How many statements the library and the data sets give; `split` is what a set without one is asked for."""
    total, notes = library, [f"{library} of the library"] if library else []
    guessed = False
    for spec in specs:
        name, _, wanted = spec.partition(":")
        if name in dataset.installed():
            _, entries = dataset.select(spec)
            count = len(entries)
            notes.append(f"{spec} {count:,}")
        elif name in SIZES:
            sizes = Counter(SIZES[name])
            held = sum(sizes[s] for s in HELD_OUT)
            count = sizes[wanted] if wanted else (sizes.total() - held if split else held or sizes.total())
            notes.append(f"{spec} {count:,} as published")
            guessed = True
        else:
            raise InputError(
                f"stp does not know how many statements {spec} has: import it (stp data import FILE --name {name}), "
                f"or give {'statements' if split else 'held_out'} in --rates FILE.toml."
            )
        total += count
    return Rate(float(total), "default" if guessed else "recipe", ", ".join(notes) or "none")
