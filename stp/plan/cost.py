"""How many conjectures, proofs, tokens and hours a campaign takes, phase by phase. Pure arithmetic.

With N statements of which P are proved when an iteration begins, U = N − P:

    conjectures sampled   C = per_iteration or U  (none while nothing is proved that could be a seed)
    attempted             conjectures_kept · C  +  U  +  resample_proved · P
    proofs                K · attempted
    checks                distinct_proofs · proofs, and for the screen C + 3 · kept

and training reads the examples of the last `replay` iterations. The order of phases is that of `stp.campaign`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from stp.config import Config
from stp.lean.tactics import CONTRADICTION, PORTFOLIO
from stp.plan.rates import Rate

HOUR = 3600.0


@dataclass(frozen=True)
class Phase:
    """One stage, or a sum of several. Hours of GPUs and of cores are summed over them; `hours` are of the clock."""

    iteration: int
    name: str
    conjectures: float = 0.0  # attempted, not merely sampled
    proofs: float = 0.0
    generated_tokens: float = 0.0
    trained_tokens: float = 0.0
    sampling_gpu_hours: float = 0.0
    training_gpu_hours: float = 0.0
    lean_core_hours: float = 0.0
    hours: float = 0.0


#: The figures of a phase, in the order in which they are shown.
FIGURES = tuple(f.name for f in fields(Phase) if f.name not in ("iteration", "name"))

_COUNTS = ("statements", "proved")
_LENGTHS = ("proof_tokens", "conjecture_tokens")
_TRAINED = (
    "prover_examples",
    "conjecturer_examples",
    "sft_examples",
    "prover_prompt_tokens",
    "completion_tokens",
    "conjecturer_prompt_tokens",
    "conjecture_tokens",
)
#: figure → the rates that it rests on
RESTS_ON: dict[str, tuple[str, ...]] = {
    "conjectures": (*_COUNTS, "conjectures_kept"),
    "proofs": (*_COUNTS, "conjectures_kept", "held_out"),
    "generated_tokens": (*_COUNTS, "conjectures_kept", "held_out", *_LENGTHS),
    "trained_tokens": (*_COUNTS, "conjectures_kept", *_TRAINED),
    "sampling_gpu_hours": (*_COUNTS, "held_out", *_LENGTHS, "sampling_tokens_per_second"),
    "training_gpu_hours": (*_COUNTS, *_TRAINED, "training_tokens_per_second"),
    "lean_core_hours": (*_COUNTS, "held_out", "distinct_proofs", "lean_seconds"),
    "hours": (
        *_COUNTS,
        "held_out",
        "proof_tokens",
        *_TRAINED,
        "distinct_proofs",
        "lean_seconds",
        "sampling_tokens_per_second",
        "training_tokens_per_second",
        "overlap",
    ),
}


def phases(config: Config, rates: Mapping[str, Rate]) -> list[Phase]:
    """Every phase of the campaign, in order."""
    return list(_Counting(config, rates).phases())


def total(phases: list[Phase], name: str = "total", iteration: int = 0) -> Phase:
    """The sum of some phases; hours of the clock add up too, for phases follow one another."""
    return Phase(iteration, name, *(sum(getattr(p, figure) for p in phases) for figure in FIGURES))


def by_iteration(phases: list[Phase]) -> list[Phase]:
    """The sums of the preparation (0) and of each iteration."""
    return [
        total([p for p in phases if p.iteration == i], "prepare" if i == 0 else f"round {i}", i)
        for i in sorted({p.iteration for p in phases})
    ]


def by_stage(phases: list[Phase]) -> list[Phase]:
    """The sums over all iterations of the stages of one kind."""
    return [
        total([p for p in phases if p.name == name], name) for name in dict.fromkeys(p.name for p in phases)
    ]


class _Counting:
    def __init__(self, config: Config, rates: Mapping[str, Rate]) -> None:
        self.config = config
        self.rates = rates
        self.value = {key: rate.number for key, rate in rates.items() if isinstance(rate.value, float)}
        self.examples: list[float] = []  # of each iteration
        self.example_tokens: list[float] = []

    def phases(self) -> Iterator[Phase]:
        yield self._preparation()
        yield self._training(0, "supervised", *self._supervised(), self.config.sft.epochs)
        yield self._evaluation(0)
        for i in range(1, self.config.iterations + 1):
            sampled, kept = self._conjectures(i)
            if self.config.mode == "stp":
                yield self._conjecturing(i, sampled, kept)
            attempted = kept + self._statements(i)
            yield self._sampling(i, "prove", attempted * self.config.prove.samples, conjectures=kept)
            if self.config.mode != "sampling":
                yield self._training(
                    i, "train", *self._selected(i, attempted, kept), self.config.train.epochs
                )
                yield self._evaluation(i)

    # --- how many ---------------------------------------------------------------------------------------

    def _proved(self, i: int) -> float:
        """Statements that are proved when iteration i begins."""
        return self.value["statements"] * self.rates["proved"].at(i - 1)

    def _statements(self, i: int) -> float:
        proved = self._proved(i)
        return self.value["statements"] - proved + self.config.prove.resample_proved * proved

    def _conjectures(self, i: int) -> tuple[float, float]:
        """Sampled, and attempted. Seeds are proved statements: of the data set, or of the supervised start."""
        proved, data = self._proved(i), self.config.data
        start = data.library or (data.seeds and "Seed" in self.config.lean.imports)
        if self.config.mode != "stp" or not (proved or start):
            return 0.0, 0.0
        sampled = float(self.config.conjecture.per_iteration) or self.value["statements"] - proved
        return sampled, sampled * self.value["conjectures_kept"]

    def _supervised(self) -> tuple[float, float]:
        """Examples of the supervised start, and their tokens."""
        count = self.value["sft_examples"]
        return count, count * (self.value["prover_prompt_tokens"] + self.rates["completion_tokens"].at(0))

    def _selected(self, i: int, attempted: float, kept: float) -> tuple[float, float]:
        """Examples that training reads in iteration i, and their tokens: the replay buffer and the share of SFT."""
        v, select = self.value, self.config.select
        provers, conjecturers = attempted * v["prover_examples"], kept * v["conjecturer_examples"]
        self.examples.append(provers + conjecturers)
        self.example_tokens.append(
            provers * (v["prover_prompt_tokens"] + self.rates["completion_tokens"].at(i - 1))
            + conjecturers * (v["conjecturer_prompt_tokens"] + v["conjecture_tokens"])
        )
        count, tokens = sum(self.examples[-select.replay :]), sum(self.example_tokens[-select.replay :])
        all_sft, sft_tokens = self._supervised()
        if all_sft:
            mixed = min(all_sft, select.sft_share * count)
            count, tokens = count + mixed, tokens + mixed * sft_tokens / all_sft
        return count, tokens

    # --- how long ---------------------------------------------------------------------------------------

    def _lean(self, checks: float) -> float:
        """Core hours."""
        return checks * self.value["lean_seconds"] / HOUR

    def _gpu(self, tokens: float) -> float:
        """GPU hours of sampling."""
        return tokens / self.value["sampling_tokens_per_second"] / HOUR

    def _preparation(self) -> Phase:
        """Every statement is elaborated once, and the portfolio is tried on the library's."""
        checks = self.value["statements"] + self.value["held_out"] + self.config.data.library * len(PORTFOLIO)
        lean = self._lean(checks)
        return Phase(0, "statements", lean_core_hours=lean, hours=lean / self.config.lean.workers)

    def _conjecturing(self, i: int, sampled: float, kept: float) -> Phase:
        tokens = sampled * self.value["conjecture_tokens"]
        vacuous = kept * len(CONTRADICTION) * self.config.conjecture.screen_vacuous
        gpu, lean = self._gpu(tokens), self._lean(sampled + vacuous)
        return Phase(
            i,
            "conjecture",
            generated_tokens=tokens,
            sampling_gpu_hours=gpu,
            lean_core_hours=lean,
            hours=gpu / self.config.sampler.gpus + lean / self.config.lean.workers,
        )

    def _sampling(self, i: int, name: str, proofs: float, conjectures: float = 0.0) -> Phase:
        """Proofs are sampled and checked; `overlap` of the shorter of the two is hidden behind the longer."""
        tokens = proofs * self.rates["proof_tokens"].at(max(0, i - 1))
        gpu, lean = self._gpu(tokens), self._lean(proofs * self.value["distinct_proofs"])
        sampling, checking = gpu / self.config.sampler.gpus, lean / self.config.lean.workers
        return Phase(
            i,
            name,
            conjectures=conjectures,
            proofs=proofs,
            generated_tokens=tokens,
            sampling_gpu_hours=gpu,
            lean_core_hours=lean,
            hours=sampling + checking - self.value["overlap"] * min(sampling, checking),
        )

    def _evaluation(self, i: int) -> Phase:
        return self._sampling(i, "evaluate", self.value["held_out"] * self.config.evaluate.samples)

    def _training(self, i: int, name: str, count: float, tokens: float, epochs: int) -> Phase:
        """`tokens` of `count` examples, `epochs` times."""
        read = tokens * epochs
        gpu = read / self.value["training_tokens_per_second"] / HOUR
        return Phase(
            i,
            name,
            trained_tokens=read,
            training_gpu_hours=gpu,
            hours=gpu / self.config.trainer.processes,
        )
