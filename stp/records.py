"""The nouns of the project, frozen. Knows nothing of anything else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["proved", "rejected", "timeout", "out_of_memory", "infrastructure", "bad_statement"]

#: Outcomes that say something about the proof under this environment's limits. A time-out counts only when
#: it is one of Lean's own heartbeats, which another machine would reach as well (see `Verdict.decisive`).
DECISIVE: tuple[Outcome, ...] = ("proved", "rejected")


def digest(*parts: str) -> str:
    """A 16-digit hexadecimal name for `parts` (SHA-256, parts kept apart)."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        sha.update(len(data).to_bytes(8, "big"))
        sha.update(data)
    return sha.hexdigest()[:16]


@dataclass(frozen=True)
class Environment:
    """What a verdict depends on besides statement and proof."""

    lean_version: str
    lean_commit: str
    checker: str  # version and digest of the checker's source and its allowlist
    imports: tuple[str, ...]
    header: str
    library: str  # digest of the project's own Lean library, if imported
    heartbeats: int  # thousands

    @property
    def id(self) -> str:
        return digest(
            self.lean_version,
            self.lean_commit,
            self.checker,
            ",".join(self.imports),
            self.header,
            self.library,
            str(self.heartbeats),
        )


@dataclass(frozen=True)
class Check:
    """One job for the checker: a trusted statement and a proof of unknown origin."""

    id: str
    statement: str  # the theorem's head, without `:=`
    proof: str  # what follows `:=`
    header: str = ""  # trusted Lean text read before the statement
    forbid: tuple[str, ...] = ()  # constants that the proof must not use
    vacuous: bool = False  # prove `False` from the statement's hypotheses instead
    timeout: float = (
        0.0  # seconds of wall clock, if fewer than the pool's; not tried again then. 0: the pool's
    )
    negated: bool = False  # prove `¬ (statement)`, its variables under the `¬`, instead

    def __post_init__(self) -> None:
        if self.vacuous and self.negated:
            raise ValueError("a check is `vacuous` or `negated`, not both")


@dataclass(frozen=True)
class Verdict:
    """What the checker says of one `Check`."""

    outcome: Outcome
    reason: str = ""
    detail: str = ""
    axioms: tuple[str, ...] = ()
    theorems: tuple[str, ...] = ()  # library theorems in the proof's term
    premises: tuple[str, ...] = ()  # those of them that the proof's text names
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        return self.outcome == "proved"

    @property
    def decisive(self) -> bool:
        """Whether it counts as a try of the prover: a verdict, or Lean's own deterministic time-out."""
        return self.outcome in DECISIVE or (self.outcome == "timeout" and self.reason == "heartbeats")


@dataclass(frozen=True)
class FileCheck:
    """One whole Lean file: imports, opens, theorems and their proofs."""

    id: str
    text: str
    forbid: tuple[str, ...] = ()  # constants that no proof in it may use
    timeout: float = 0.0  # as in `Check`


@dataclass(frozen=True)
class Message:
    """What Lean says about a place in a file."""

    severity: Literal["error", "warning", "info"]
    line: int  # from 1
    column: int  # from 0
    end_line: int | None
    end_column: int | None
    text: str


@dataclass(frozen=True)
class FileVerdict:
    """What the checker says of one `FileCheck`: proved if every theorem in it stands."""

    outcome: Outcome
    messages: tuple[Message, ...] = ()  # an error among them if the file is rejected
    theorems: tuple[str, ...] = ()  # declared in the file
    axioms: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class StatementInfo:
    """What Lean knows of a statement that elaborates."""

    name: str
    rest: str  # the head's text after the name: universes, binders, type
    key: str  # digest of the type, equal exactly up to renaming of variables
    binders: int
    constants: tuple[str, ...]


@dataclass(frozen=True)
class Seed:
    """A theorem with its proof, from the seed library."""

    name: str  # full name, a constant of the environment
    file: str
    position: int  # its place in the file
    rest: str
    proof: str

    @property
    def head(self) -> str:
        return head_of(self.rest)


@dataclass(frozen=True)
class Example:
    """One weighted training example: loss on `completion` only."""

    role: Literal["prover", "conjecturer"]
    prompt: str
    completion: str
    weight: float = 1.0
    parents: tuple[str, ...] = field(default=())


#: Every statement is given to models and checker under this name, so that nothing is learnt from names.
NAME = "t"


def head_of(rest: str) -> str:
    """The head `theorem t…` whose text after the name is `rest`."""
    return f"theorem {NAME}{rest}" if rest[:1] in (".", " ", "\n") else f"theorem {NAME} {rest}"


def proof_id(statement: str, text: str) -> str:
    """The name of a proof: equal exactly for equal texts of one statement."""
    return digest("proof", statement, text)
