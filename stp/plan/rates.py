"""The numbers that a plan rests on, each with its value and where it comes from.

A rate is taken from a file (`--rates`, source "given"), else from a campaign (`--measured`), else from what the
recipe says, else from a default, whose note names its source. docs/plan.md has them all in one table.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from stp.errors import ConfigError, InputError

Source = Literal["given", "measured", "recipe", "default"]
#: A value that changes: (iterations finished, value) in order; between two points it is a straight line, and where two
#: stand at the same place it jumps to the second.
Points = tuple[tuple[float, float], ...]

NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Rates(BaseModel):
    """The keys of a rates file. None: not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    gpu: str | None = None
    """h100, h200, a100, l40s, rtx4090 or cpu."""
    statements: NonNegative | None = None
    """Statements to prove."""
    held_out: NonNegative | None = None
    """Statements to evaluate on."""
    proved: Share | Points | None = None
    """Share of the statements that is proved when so many iterations are finished."""
    proof_tokens: NonNegative | Points | None = None
    """Tokens of a sampled proof, mean."""
    completion_tokens: NonNegative | Points | None = None
    """Tokens of a proof that trains the prover, mean: fewer than are sampled where a model thinks before it proves."""
    conjecture_tokens: NonNegative | None = None
    """Tokens of a sampled conjecture, mean."""
    prover_prompt_tokens: NonNegative | None = None
    """Tokens of the prover's prompt, mean."""
    conjecturer_prompt_tokens: NonNegative | None = None
    """Tokens of the conjecturer's prompt, mean."""
    conjectures_kept: Share | None = None
    """Share of sampled conjectures that survive the screen and are attempted."""
    distinct_proofs: Share | None = None
    """Share of samples that hold a proof not sampled before: what Lean checks."""
    prover_examples: NonNegative | None = None
    """Prover examples that an attempted statement gives, mean."""
    conjecturer_examples: NonNegative | None = None
    """Conjecturer examples that an attempted conjecture gives, mean."""
    sft_examples: NonNegative | None = None
    """Examples of the supervised start."""
    lean_seconds: Positive | None = None
    """Seconds of a core for a check."""
    disprove_seconds: NonNegative | None = None
    """Seconds of a core for finding out whether small instances refute a statement."""
    shorten_checks: NonNegative | None = None
    """Checks that it takes to shorten a proof, mean."""
    sampling_tokens_per_second: Positive | None = None
    """Generated tokens a second and GPU."""
    sampling_efficiency: Positive | None = None
    """Share of the roofline that sampling reaches, where no rate is given."""
    training_tokens_per_second: Positive | None = None
    """Trained tokens, prompts included, a second and GPU."""
    mfu: Share | None = None
    """Share of a GPU's FLOPs that training reaches, where no rate is given."""
    overlap: Share | None = None
    """Of sampling and checking, how much of the shorter runs beside the longer: 0 one after the other, 1 all."""
    saved_bytes_per_parameter: Positive | None = None
    """Bytes a parameter of a model kept on disk."""
    database_bytes: Positive | None = None
    """Bytes of the database a sampled proof, its text left out."""
    lean_worker_gb: Positive | None = None
    """GB that a Lean worker takes for itself."""
    lean_shared_gb: NonNegative | None = None
    """GB that all Lean workers share."""

    @field_validator("proved", "proof_tokens", "completion_tokens")
    @classmethod
    def _ordered(cls, value: float | Points | None) -> float | Points | None:
        if isinstance(value, tuple):
            if not value:
                raise ValueError("a list of points needs one at least")
            if [x for x, _ in value] != sorted(x for x, _ in value):
                raise ValueError("points stand in the order of iterations")
            if any(y < 0 for _, y in value):
                raise ValueError("a point is below 0")
        return value

    @field_validator("proved")
    @classmethod
    def _shares(cls, value: float | Points | None) -> float | Points | None:
        if isinstance(value, tuple) and any(y > 1 for _, y in value):
            raise ValueError("a share is above 1")
        return value


@dataclass(frozen=True)
class Rate:
    """One number of a plan. note: where it comes from, in words."""

    value: float | str | Points
    source: Source
    note: str

    @property
    def number(self) -> float:
        assert isinstance(self.value, float | int), self
        return float(self.value)

    def at(self, iterations: float) -> float:
        """The value when so many iterations are finished; see `Points`. Beyond the ends it stays as it is there."""
        if not isinstance(self.value, tuple):
            return self.number
        left = None
        for x, y in self.value:
            if x <= iterations:
                left = (x, y)
                continue
            if left is None:
                return y
            return left[1] + (y - left[1]) * (iterations - left[0]) / (x - left[0])
        assert left is not None
        return left[1]


def load(path: Path) -> dict[str, Rate]:
    """The rates in a TOML file. Raises InputError or ConfigError with one sentence."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The rates {path} cannot be read: {getattr(error, 'strerror', None) or error}."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    return parse(table, str(path))


def parse(table: Mapping[str, Any], where: str) -> dict[str, Rate]:
    """The rates in a table of TOML, named after `where`."""
    try:
        found = Rates.model_validate(dict(table))
    except ValidationError as error:
        raise ConfigError(_sentence(error, where)) from error
    return {
        key: Rate(value, "given", where)
        for key, value in found.model_dump().items()
        if key in found.model_fields_set and value is not None
    }


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors()[0]
    key = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, Rates.model_fields, n=1, cutoff=0.0)
        return f"{where}: unknown rate {key!r}; the nearest valid one is {near[0]!r}."
    told = first["msg"].removeprefix("Value error, ").lower()
    return f"{where}: {key} = {first.get('input')!r} is not valid ({told})."
