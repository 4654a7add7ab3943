"""How many conjectures, proofs, tokens and hours a campaign takes, phase by phase. Pure arithmetic.

With N statements of which P are proved when an iteration begins, U = N − P:

    conjectures sampled   C = per_iteration or U  (none while nothing is proved that could be a seed)
    attempted             conjectures_kept · C  +  U  +  resample_proved · P
    proofs                K · attempted, as far as the budget goes
    checks                distinct_proofs · proofs, and for the screens C + so many a kept one as they ask

and training reads the examples of the last `replay` iterations; refresh and final retraining those of all. The order of
phases is that of `stp.campaign`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from stp.config import Config
from stp.lean.tactics import CONTRADICTION, PORTFOLIO, TRIVIAL
from stp.plan.rates import Rate
from stp.store.schema import FINAL

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
_LEAN = ("lean_seconds", "disprove_seconds", "shorten_checks")
#: figure → the rates that it rests on
RESTS_ON: dict[str, tuple[str, ...]] = {
    "conjectures": (*_COUNTS, "conjectures_kept"),
    "proofs": (*_COUNTS, "conjectures_kept", "held_out"),
    "generated_tokens": (*_COUNTS, "conjectures_kept", "held_out", *_LENGTHS),
    "trained_tokens": (*_COUNTS, "conjectures_kept", *_TRAINED),
    "sampling_gpu_hours": (*_COUNTS, "held_out", *_LENGTHS, "sampling_tokens_per_second"),
    "training_gpu_hours": (*_COUNTS, *_TRAINED, "training_tokens_per_second"),
    "lean_core_hours": (*_COUNTS, "held_out", "distinct_proofs", *_LEAN),
    "hours": (
        *_COUNTS,
        "held_out",
        "proof_tokens",
        *_TRAINED,
        "distinct_proofs",
        *_LEAN,
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
    """The sums of the preparation (0), of each iteration, and of what stands behind the last one."""

    def name(i: int) -> str:
        return "prepare" if i == 0 else "final" if i > FINAL else f"round {i}"

    return [
        total([p for p in phases if p.iteration == i], name(i), i)
        for i in sorted({p.iteration for p in phases})
    ]


def by_stage(phases: list[Phase]) -> list[Phase]:
    """The sums over all iterations of the stages of one kind."""
    return [
        total([p for p in phases if p.name == name], name) for name in dict.fromkeys(p.name for p in phases)
    ]


@dataclass(frozen=True)
class _Examples:
    """So many examples, and the tokens of their prompts and completions."""

    count: float = 0.0
    tokens: float = 0.0

    def __add__(self, other: _Examples) -> _Examples:
        return _Examples(self.count + other.count, self.tokens + other.tokens)

    def at_most(self, count: float) -> _Examples:
        share = min(1.0, count / self.count) if self.count else 0.0
        return _Examples(self.count * share, self.tokens * share)


#: Examples of an iteration: proofs of the data set's statements, proofs of conjectures, conjectures.
_Made = tuple[_Examples, _Examples, _Examples]


class _Counting:
    def __init__(self, config: Config, rates: Mapping[str, Rate]) -> None:
        self.config = config
        self.rates = rates
        self.value = {key: rate.number for key, rate in rates.items() if isinstance(rate.value, float)}
        self.made: list[_Made] = []  # of each iteration
        self.refreshed = 0  # the iteration that emptied the replay buffer

    def phases(self) -> Iterator[Phase]:
        config = self.config
        yield self._preparation()
        yield self._training(0, "supervised", self._supervised(), config.sft.epochs)
        yield from self._evaluation(0)
        spent, last = 0.0, 0
        for i in range(1, config.iterations + 1):
            if config.prove.budget and spent >= config.prove.budget:
                break
            last = i
            sampled, kept = self._conjectures(i)
            if config.mode == "stp":
                yield self._conjecturing(i, sampled, kept)
            statements = self._statements(i)
            proofs = (kept + statements) * config.prove.samples
            if config.prove.budget:
                proofs = min(proofs, config.prove.budget - spent)
            spent += proofs
            yield self._sampling(i, "prove", proofs, conjectures=kept)
            if config.prove.disprove and i == 1:
                yield self._disproving(i)
            if config.mode != "sampling":
                self.made.append(self._selected(i, statements, kept))
                if config.prove.shorten:
                    yield self._shortening(i)
                yield self._learning(i)
                yield from self._evaluation(i)
        if last and config.retrain.on and config.mode != "sampling":
            yield self._anew(FINAL + last, "retrain", self._retrained())
            yield from self._evaluation(FINAL + last)

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

    def _supervised(self) -> _Examples:
        count = self.value["sft_examples"]
        return _Examples(
            count, count * (self.value["prover_prompt_tokens"] + self.rates["completion_tokens"].at(0))
        )

    def _selected(self, i: int, statements: float, kept: float) -> _Made:
        v = self.value
        prover = v["prover_prompt_tokens"] + self.rates["completion_tokens"].at(i - 1)
        stated = v["conjecturer_prompt_tokens"] + v["conjecture_tokens"]
        from_data, from_conjectures = statements * v["prover_examples"], kept * v["prover_examples"]
        conjecturers = kept * v["conjecturer_examples"]
        return (
            _Examples(from_data, from_data * prover),
            _Examples(from_conjectures, from_conjectures * prover),
            _Examples(conjecturers, conjecturers * stated),
        )

    def _replayed(self, i: int) -> _Examples:
        """What training reads in iteration i: the replay buffer and the share of SFT."""
        select = self.config.select
        first = max(self.refreshed, i - select.replay if select.replay else 0)
        read = sum((part for made in self.made[first:] for part in made), _Examples())
        return read + self._supervised().at_most(select.sft_share * read.count)

    def _retrained(self) -> _Examples:
        """What the final retraining reads: SFT examples, and the proofs of all iterations so far, of the data set's
        statements at most so many distinct ones as are kept."""
        select, count = self.config.select, len(self.made)
        from_data = sum((made[0] for made in self.made), _Examples())
        if select.proofs_per_statement:
            proved = max(self.rates["proved"].at(i) for i in range(count + 1)) * self.value["statements"]
            from_data = from_data.at_most(select.proofs_per_statement * proved)
        read = self._supervised() + from_data
        if self.config.retrain.conjectures:
            read += sum((made[1] for made in self.made), _Examples())
        return read

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
        """Every conjecture is elaborated; what is kept has gone through all screens, and is watched."""
        asked = self.config.conjecture
        checks = (
            len(CONTRADICTION) * asked.screen_vacuous
            + len(TRIVIAL) * asked.screen_trivial
            + asked.screen_known
            + asked.watch
        )
        tokens = sampled * self.value["conjecture_tokens"]
        gpu, lean = self._gpu(tokens), self._lean(sampled + kept * checks)
        lean += kept * asked.screen_false * self.value["disprove_seconds"] / HOUR
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

    def _disproving(self, i: int) -> Phase:
        """Small instances of what iteration i has left open."""
        left = self.value["statements"] - self._proved(i + 1)
        lean = left * self.value["disprove_seconds"] / HOUR
        return Phase(i, "disprove", lean_core_hours=lean, hours=lean / self.config.lean.workers)

    def _shortening(self, i: int) -> Phase:
        """At most as many proofs as there are examples: of each statement the shortest."""
        from_data, from_conjectures, _ = self.made[-1]
        lean = self._lean((from_data.count + from_conjectures.count) * self.value["shorten_checks"])
        return Phase(i, "shorten", lean_core_hours=lean, hours=lean / self.config.lean.workers)

    def _evaluation(self, i: int) -> Iterator[Phase]:
        if samples := self.config.evaluate.samples:
            yield self._sampling(i, "evaluate", self.value["held_out"] * samples)

    def _learning(self, i: int) -> Phase:
        if i != self.config.refresh_at:
            return self._training(i, "train", self._replayed(i), self.config.train.epochs)
        self.refreshed = i
        stated = sum((made[2] for made in self.made), _Examples())
        return self._anew(i, "refresh", self._retrained() + stated)

    def _anew(self, i: int, name: str, examples: _Examples) -> Phase:
        """From the base, as the supervised start, at least once over the examples."""
        return self._training(i, name, examples, max(1, self.config.sft.epochs))

    def _training(self, i: int, name: str, examples: _Examples, epochs: int) -> Phase:
        read = examples.tokens * epochs
        gpu = read / self.value["training_tokens_per_second"] / HOUR
        return Phase(
            i,
            name,
            trained_tokens=read,
            training_gpu_hours=gpu,
            hours=gpu / self.config.trainer.processes,
        )
