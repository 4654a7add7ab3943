"""The one configuration of a campaign, read from TOML. Unknown keys are refused with the nearest valid one."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stp.errors import ConfigError, InputError

Mode = Literal["stp", "expert-iteration", "expert-iteration-vanilla", "sampling"]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]


#: Fewer iterations than these are not refreshed half-way unless the configuration says when.
LEAST_FOR_REFRESH = 8

#: What a mode sets where the configuration says nothing. Expert iteration as in the paper (K = 64; vanilla: the unproved
#: statements and every proof; optimised: all statements, at most 16 distinct proofs of each) and in its released code
#: (each iteration trains the supervised model anew on the proofs of all iterations).
_EXPERT: dict[str, Any] = {
    "prove.samples": 64,
    "select.prover_below": 1.0,
    "select.replay": 0,
    "select.start": "base",
    "refresh.at": 0,
    "retrain.on": False,
}
MODE_DEFAULTS: dict[str, dict[str, Any]] = {
    "expert-iteration": {**_EXPERT, "prove.resample_proved": 1.0},
    "expert-iteration-vanilla": {**_EXPERT, "prove.resample_proved": 0.0, "select.proofs_per_statement": 0},
    "sampling": {"prove.resample_proved": 0.0},
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Lean(_Section):
    workers: Positive = 2
    """Lean processes; one a core, 1.1 to 1.8 GB each."""
    spares: Count = 1
    """Lean processes kept started to take the place of one that ends; each as large as a worker."""
    memory: Annotated[float, Field(ge=0)] = 0.0
    """GB that a worker may take in the middle of a check; 0: 2.4, or 16 for a native Lean."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds of wall clock a check may take."""
    heartbeats: Positive = 20_000
    """Lean's own limit, in thousands (deterministic, part of the environment)."""
    imports: tuple[str, ...] = ("Init", "Std", "Seed")
    """Modules of the environment."""
    header: str = "open Seed"
    """Trusted Lean text read before every statement."""
    project: str = ""
    """A lake project: use its native Lean instead of the embedded one."""
    cache: bool = False
    """Share verdicts with other campaigns in the same environment, through a file in the cache folder."""


class Data(_Section):
    library: Count = 600
    """Statements of the library to draw for SFT by a portfolio of tactics."""
    train: Count = 300
    """Statements of the library in the data set that the prover works on (no proofs given)."""
    held_out: Count = 100
    """Statements of the library kept for evaluation; never trained on."""
    seeds: Count = 10_000
    """At most so many theorems of the seed library."""
    prefixes: tuple[str, ...] = ("Init", "Std")
    """Modules of the library to draw from."""
    max_chars: Positive = 200
    """Longer statements of the library are left out."""
    binders: Literal["printed", "mixed"] = "printed"
    """How statements of the library are written: as Lean prints them (`: ∀ (a : Nat), …`), or every second one as people
    write them (`(a : Nat) : …`)."""
    tactics_on_seeds: bool = False
    """Try the portfolio of tactics on the seed theorems too, beside the proofs that they come with."""
    portfolio: bool = True
    """Try the portfolio of 18 tactics on the statements for SFT."""
    tactics: tuple[str, ...] = ()
    """Proofs to try besides, for instance of the data sets' own domain."""
    refuters: tuple[str, ...] = ()
    """Proofs to try on negations (`conjecture.screen_false`, `prove.disprove`) besides what stp tries, for instance
    counterexamples of the data sets' own domain."""
    proofs_by_tactics: Positive = 3
    """Proofs of one statement for SFT, the shortest that tactics find; one that it came with counts among them."""
    sft_sets: tuple[str, ...] = ()
    """Data sets for SFT: `NAME` or `NAME:SPLIT`. Their statements' own proofs, if Lean accepts them, and what tactics prove."""
    sets: tuple[str, ...] = ()
    """Data sets to prove, besides: `NAME` or `NAME:SPLIT` (`stp data list`). Held-out splits are refused."""
    held_out_sets: tuple[str, ...] = ()
    """Data sets to evaluate on, besides."""


class Model(_Section):
    base: str = ""
    """The model to start from: one that stp ships (`stp-nano`), a folder, a GGUF file or a name on Hugging Face.
    Empty: a new one of the shape below, from scratch."""
    revision: str = ""
    """Of a base on Hugging Face: branch, tag or commit."""
    format: str = "stp"
    """How roles are put into text: a name (`stp formats`) or a TOML file."""
    hidden: Positive = 256
    """Width."""
    layers: Positive = 4
    """Depth."""
    heads: Positive = 4
    """Attention heads."""
    vocabulary: Annotated[int, Field(ge=300)] = 2048
    """Size of the byte-level BPE vocabulary."""
    context: Positive = 512
    """Longest prompt and completion together, in tokens; a base may allow less."""


class Sampler(_Section):
    kind: Literal["auto", "transformers", "vllm", "server"] = "auto"
    """What samples; auto: vllm on a GPU where it is installed, else transformers."""
    batch: Positive = 256
    """Samples decoded together."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of weights while sampling; auto: float32 on a CPU, the checkpoint's own on a GPU."""
    gpus: Positive = 1
    """GPUs that share one model (vLLM's tensor parallelism)."""
    gpu_memory: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Share of a GPU's memory that vLLM takes."""
    url: str = ""
    """Of an OpenAI-compatible server, for instance http://localhost:8000/v1."""
    served_model: str = ""
    """The model's name there; empty: the first that it lists."""
    key_env: str = "OPENAI_API_KEY"
    """Environment variable with the server's key."""
    concurrency: Positive = 64
    """Requests to the server at a time."""


class Trainer(_Section):
    packing: Literal["auto", "pack", "pad"] = "auto"
    """Examples one behind the other (pack), or rows of like length (pad); auto: pack on a GPU."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of matrix products; auto: bfloat16 on a GPU that has it, else float32. Weights stay float32."""
    piece_tokens: Count = 0
    """Tokens that go through the model at once; 0: 2048 on a CPU, 16384 on a GPU."""
    lora_rank: Count = 0
    """Rank of LoRA's matrices (arXiv 2106.09685); 0: full fine-tuning."""
    lora_alpha: Count = 0
    """LoRA's scale times the rank; 0: twice the rank."""
    gradient_checkpointing: bool = False
    """Compute activations twice instead of keeping them."""
    processes: Positive = 1
    """GPUs that share the training (FSDP2)."""
    checkpoint_minutes: Annotated[float, Field(ge=0)] = 10.0
    """Minutes between two checkpoints, from which a killed training goes on; 0: after every step."""


class Training(_Section):
    lr: Annotated[float, Field(gt=0)] = 1e-3
    """Peak learning rate."""
    epochs: Count = 1
    """Passes over the examples; 0: no training."""
    warmup: Count = 20
    """Steps of linear warm-up."""
    tokens_per_batch: Positive = 8192
    """Tokens a step, of prompts and completions, padding not counted."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """What follows the warm-up."""


class Conjecture(_Section):
    per_iteration: Count = 0
    """Conjectures to sample; 0: as many as there are unproved statements (the paper's number)."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Sampling temperature."""
    max_tokens: Positive = 128
    """Longest conjecture, in tokens."""
    trivial_lemma_share: Share = 0.5
    """Share of seeds that are given the trivial lemma (paper: 0.5)."""
    lemma_cap: Share = 0.1
    """No lemma is given to more than this share of the seeds (paper: 0.1)."""
    seeds: Literal["data", "all"] = "data"
    """What conjectures are made from: proved statements of the data set (paper), as long as there are any, or all that is
    proved, the seed library included."""
    targets: Share = 0.0
    """Share of the conjectures that are given the hypotheses of an unproved statement of the data set to begin with, so that
    only the conclusion is the model's (0: none, as in the paper)."""
    watch: bool = True
    """Take figures of the conjectures in every iteration, and warn when they drift."""
    screen_vacuous: bool = True
    """Drop conjectures whose hypotheses a few tactics prove contradictory."""
    screen_known: bool = True
    """Drop conjectures that are theorems of Lean's library."""
    screen_trivial: bool = False
    """Drop conjectures that a single common tactic proves."""
    screen_false: bool = False
    """Drop conjectures whose negation a few tactics, or small instances, prove."""


class Prove(_Section):
    samples: Positive = 32
    """Proofs sampled for each statement, K (paper: 32; 64 for expert iteration)."""
    budget: Count = 0
    """Proofs sampled in the whole campaign, exactly: the last iteration takes what is left. 0: no limit. It may be raised
    later; the iteration that it cut short stays as it is."""
    first: Count = 0
    """Adaptive K: so many for each statement of the data set first; what is left of K for each then goes to those without a
    proof. Conjectures get K each, since their pass rates decide. 0: K for all alike."""
    most: Positive = 4
    """Adaptive K: no statement gets more than this times K."""
    disprove: bool = False
    """Look for proofs of the negation of unproved statements of the data set, once, and sample no proofs of those."""
    shorten: bool = False
    """Shorten the shortest proof of each statement that trains the prover, as far as Lean agrees, and train on it too."""
    shorten_by_tactics: bool = True
    """Try common tactics in the place of a whole proof too. Where the model has not read any, it learns them from that; without,
    a proof stays of its kind, and steps and lemmas are dropped alone."""
    temperature: Annotated[float, Field(gt=0)] | tuple[Annotated[float, Field(gt=0)], ...] = 1.0
    """Sampling temperature; of several, a statement's samples take them in turn."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Share of the probability that is sampled from, likeliest tokens first (1: all)."""
    logprobs: bool = False
    """Keep the model's own log-probability of each sample."""
    max_tokens: Positive = 128
    """Longest proof, in tokens."""
    resample_proved: Share = 0.05
    """Share of the proved statements that are tried again (released code: 0.05; optimised expert iteration: 1)."""

    @property
    def temperatures(self) -> tuple[float, ...]:
        return self.temperature if isinstance(self.temperature, tuple) else (self.temperature,)

    @field_validator("temperature")
    @classmethod
    def _some(cls, value: float | tuple[float, ...]) -> float | tuple[float, ...]:
        if value == ():
            raise ValueError("name at least one temperature")
        return value


class Select(_Section):
    barely_provable: Share = 0.25
    """Conjectures with pass rate in (0, this] train the conjecturer (paper: 1/4)."""
    require_lemma: bool = True
    """A conjecture counts only if its lemma is used in a correct proof."""
    unused_lemma: Literal["drop", "trivial"] = "drop"
    """A barely provable conjecture that does not use its lemma: drop it (paper), or let it train as one that was made with
    the trivial lemma (released code)."""
    inelegant: Share = 0.2
    """Share of the conjectures that is dropped: those with the shortest proofs for their length (paper: 0.2)."""
    elegancy_by_lemma: bool = False
    """Drop that share among the conjectures of each lemma (released code) instead of among all (paper)."""
    transport: Literal["greedy", "exact", "off"] = "greedy"
    """Weights of conjectures, by optimal transport towards the unproved statements: greedily (paper), exactly (by POT; greedily
    where conjectures times statements are more than 100 million or the solver does not end), or not."""
    transport_cap: Annotated[float, Field(ge=1)] = 3.0
    """No conjecture weighs more than this times the mean (paper: 3; released code: 4)."""
    favoured: tuple[str, ...] = ()
    """Data sets, of `data.sets`, whose unproved statements weigh more as targets of the transport; the paper's are the
    validation splits of its benchmarks."""
    favoured_weight: Annotated[float, Field(gt=0)] = 128.0
    """Their weight (paper: 128)."""
    favoured_from: Positive = 25
    """The iteration from which they have it (paper: after 24)."""
    prover_below: Share = 0.5
    """Statements with a pass rate below this train the prover (paper: 1/2); 1: all."""
    proofs_per_statement: Count = 16
    """Distinct proofs of one statement that train the prover (paper: 16); 0: all."""
    replay: Count = 3
    """Iterations of examples in the replay buffer (paper: 3); 0: all since the last refresh."""
    start: Literal["previous", "base"] = "previous"
    """The model that every iteration trains: that of the iteration before (paper), or the supervised one (the released
    code's expert iteration)."""
    length_decay: Annotated[float, Field(ge=0)] = 0.001
    """Weight factor exp(-this * characters of the proof)."""
    time_decay: Annotated[float, Field(ge=0)] = 0.01
    """Weight factor exp(-this * seconds of the check)."""
    count_weight: Literal["samples", "proofs", "off"] = "samples"
    """Weight factor 1/#correct: of the statement's correct samples in the iteration, of its distinct proofs (released code),
    or none."""
    sft_share: Annotated[float, Field(ge=0)] = 0.0
    """SFT examples mixed in, per self-play example (0 as in the paper; small models forget without)."""
    conjecturer_mass: Annotated[float, Field(ge=0)] = 0.0
    """How much the conjecturer's examples count in the loss, as a share of what the prover's do: they are weighed so that
    weight times characters of completions has this ratio. 0: each has its own weight, as in the paper; where few conjectures
    are barely provable, the conjecturer then learns next to nothing."""
    sft_mass: Annotated[float, Field(ge=0)] = 0.0
    """How much those count in the loss, per self-play example: they are weighed so that weight times characters of completions
    has this ratio. 0: each has its weight of 1, and where self-play's weights are small they are nearly all of the loss."""


class Refresh(_Section):
    at: Literal["half"] | Count = "half"
    """The iteration whose model is trained anew from the base, as in the final retraining but for both roles, with an empty
    replay buffer from there on (paper: 24 of 48). half: half-way of `iterations`, if there are at least 8; 0: none."""


class Retrain(_Section):
    on: bool = True
    """Train a last prover behind the last iteration: from the base, on SFT examples and the proofs of all iterations, as
    `sft` says (at least one epoch)."""
    at_most: Share = 0.25
    """Of conjectures with a pass rate in (0, this], and of all statements of the data set (paper: 1/4)."""
    conjectures: bool = True
    """Proofs of conjectures too; without them, it is the paper's comparison."""


class Evaluate(_Section):
    samples: Count = 16
    """Proofs sampled for each held-out statement; 0: none."""
    temperature: Annotated[float, Field(gt=0)] = 1.0
    """Sampling temperature."""


class Config(_Section):
    name: str = "campaign"
    """Shown in tables."""
    mode: Mode = "stp"
    """"stp", or a rival: "expert-iteration" (no conjectures; the paper's optimised one), "expert-iteration-vanilla",
    "sampling" (no conjectures, no training). What a mode sets where the file says nothing: `MODE_DEFAULTS`."""
    iterations: Count = 3
    """Rounds of self-play after the supervised start."""
    seed: int = 0
    """All randomness of the campaign comes from it."""
    lean: Lean = Lean()
    data: Data = Data()
    model: Model = Model()
    sampler: Sampler = Sampler()
    trainer: Trainer = Trainer()
    sft: Training = Training(epochs=4)
    train: Training = Training(lr=3e-4, epochs=1)
    conjecture: Conjecture = Conjecture()
    prove: Prove = Prove()
    select: Select = Select()
    refresh: Refresh = Refresh()
    retrain: Retrain = Retrain()
    evaluate: Evaluate = Evaluate()

    @model_validator(mode="before")
    @classmethod
    def _of_mode(cls, table: Any) -> Any:
        """Fill in what the mode sets."""
        if not isinstance(table, dict):
            return table
        filled = {key: dict(value) if isinstance(value, dict) else value for key, value in table.items()}
        for dotted, value in MODE_DEFAULTS.get(str(table.get("mode", "stp")), {}).items():
            section, key = dotted.split(".")
            inside = filled.setdefault(section, {})
            if isinstance(inside, dict):
                inside.setdefault(key, value)
        return filled

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Raises ValueError, in one sentence, for keys that contradict each other."""
        if self.prove.first >= self.prove.samples:
            raise ValueError(
                f"prove.first = {self.prove.first} leaves nothing of prove.samples = {self.prove.samples}"
            )
        if strange := [name for name in self.select.favoured if name not in self.data.sets]:
            raise ValueError(f"select.favoured names {strange[0]!r}, which is not in data.sets")
        if isinstance(self.refresh.at, int) and self.refresh.at > self.iterations:
            raise ValueError(f"refresh.at = {self.refresh.at} is beyond iterations = {self.iterations}")
        return self

    @property
    def refresh_at(self) -> int:
        """The iteration that ends with a refresh; 0: none does."""
        if self.refresh.at == "half":
            return self.iterations // 2 if self.iterations >= LEAST_FOR_REFRESH else 0
        return self.refresh.at

    def as_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), sort_keys=True)


#: Keys that may differ when an old folder is continued: they decide how long it goes on and how many
#: processes work on it, not what any finished part of it is.
MAY_CHANGE = (
    "name",
    "iterations",
    "prove.budget",
    "conjecture.watch",
    *(f"lean.{key}" for key in ("workers", "spares", "memory", "timeout", "project", "cache")),
    *(f"sampler.{key}" for key in Sampler.model_fields if key != "dtype"),
    *(
        f"trainer.{key}"
        for key in ("processes", "checkpoint_minutes", "gradient_checkpointing", "piece_tokens")
    ),
)


def load(path: Path) -> Config:
    """The configuration in a TOML file. Raises ConfigError or InputError with one sentence."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The configuration {path} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    return parse(table, str(path))


def parse(table: dict[str, Any], where: str = "the configuration") -> Config:
    """The configuration in a table of TOML."""
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        raise ConfigError(_sentence(error, where)) from error


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    known = valid_keys()
    path = [str(part) for part in first["loc"]]
    if not path:  # keys that do not fit together
        return f"{where}: {first['msg'].removeprefix('Value error, ')}."
    while ".".join(path[:-1]) in known and ".".join(path) not in known and first["type"] != "extra_forbidden":
        path.pop()  # of a union, pydantic names the alternative too
    key = ".".join(path)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
        return f"{where}: unknown key {key!r}; the nearest valid one is {near[0]!r}."
    messages = [
        e["msg"].lower() for e in error.errors() if [str(part) for part in e["loc"]][: len(path)] == path
    ]
    return f"{where}: {key} = {first.get('input')!r} is not valid ({'; or '.join(dict.fromkeys(messages))})."


def valid_keys() -> list[str]:
    """All keys, dotted, sections first."""
    keys: list[str] = []
    for name, field in Config.model_fields.items():
        keys.append(name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys.extend(f"{name}.{inner}" for inner in kind.model_fields)
    return keys


def differences(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> list[str]:
    """`key: old → new` for each key that differs and may not."""
    found = []
    for key in sorted(old.keys() | new.keys()):
        dotted = f"{prefix}{key}"
        a, b = old.get(key), new.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found.extend(differences(a, b, f"{dotted}."))
        elif a != b and dotted not in MAY_CHANGE:
            found.append(f"{dotted}: {a!r} there, {b!r} here")
    return found
