"""Formats: how the two roles are put into text, and how their answers are read back. Templates are data.

A format is a TOML file, shipped as `data/formats/NAME.toml` or written by the user (`docs/formats.md`). What a
completion holds says how an answer is read: `{proof}` is the answer itself, `{tactics}` goes on after the prompt's
`by`, `{theorem}` is a fenced block of Lean that states the theorem again.

Every completion reads back: `proof_of(rest, prover_completion(rest, proof), False) == proof`, up to white space around
the proof; where a format can only hold tactics, up to the tactic block that stands for it (`lean_text.as_tactics`).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from stp import paths
from stp.errors import ConfigError
from stp.lm import answers
from stp.lm.lean_text import as_tactics, compared, layouts, settle, trim, until_command
from stp.records import head_of


@dataclass(frozen=True)
class Chat:
    """The format is that of a chat model: prompts are the user's message, completions the assistant's."""

    system: str  # empty: no system message


@dataclass(frozen=True)
class Role:
    """The templates of one role."""

    prompt: str
    completion: str


@dataclass(frozen=True)
class Format:
    """How the two roles are put into text. All texts raise ValueError if a part holds one of `reserved`.

    A `rest` is a theorem's text after its name, a proof what follows `:=`.
    """

    name: str
    description: str
    prover: Role
    conjecturer: Role
    header: str = ""  # Lean text shown above a statement; not what Lean elaborates it with
    chat: Chat | None = None
    stop: tuple[str, ...] = ()  # a sample ends before them
    reserved: tuple[str, ...] = ()  # what no statement or proof may hold, since it would end the text

    def prover_prompt(self, rest: str) -> str:
        """What the prover reads."""
        return self._fill(self.prover.prompt, **_statement(rest))

    def prover_completion(self, rest: str, proof: str) -> str:
        """What the prover should write. Raises ValueError too for a proof that the format cannot hold."""
        slot = _slot(self.prover.completion, _PROOF_SLOTS)
        if slot == "proof":
            return self._fill(self.prover.completion, proof=proof.strip())
        wanted = proof.strip("\n").rstrip()
        if slot == "tactics":
            block = as_tactics(wanted)
            if block is None:
                raise ValueError(f"the format {self.name} holds tactic proofs only")
            choices = [self._after_by(block)]
        else:
            stated = _head(rest)
            choices = [(stated + laid, wanted) for laid in layouts(wanted)]
        for filled, meant in choices:
            text = self._fill(self.prover.completion, **{slot: filled})
            if self.proof_of(rest, text, False) in (meant, meant.lstrip(" ")):
                return text
        raise ValueError(f"the format {self.name} cannot hold this proof so that it reads back")

    def conjecturer_prompt(self, lemma: str, seed_rest: str, seed_proof: str) -> str:
        """What the conjecturer reads: a lemma (name and rest), and a seed theorem whose proof uses it."""
        proof = seed_proof.strip("\n").rstrip()
        return self._fill(
            self.conjecturer.prompt,
            lemma=lemma.strip(),
            seed=_head(seed_rest) + layouts(proof)[0],
            seed_rest=seed_rest.strip(),
            seed_proof=seed_proof.strip(),
        )

    def conjecturer_completion(self, rest: str) -> str:
        """What the conjecturer should write: a new statement."""
        return self._fill(self.conjecturer.completion, **_statement(rest))

    def conjecturer_opening(self, hypotheses: str) -> str:
        """The beginning of a completion that states something under these hypotheses (`lean_text.hypotheses`).

        Raises ValueError too for a format of a chat model, whose answers nothing can be put before.
        """
        if self.chat:
            raise ValueError(f"answers in the chat format {self.name} cannot be begun for the model")
        text = self.conjecturer_completion(hypotheses)
        return text[: text.rindex(hypotheses) + len(hypotheses)]

    def proof_of(self, rest: str, text: str, truncated: bool) -> str | None:
        """The proof in a sampled `text`; None if there is none.

        truncated: the sample ran out of tokens; it counts only if its answer is complete all the same.
        """
        slot = _slot(self.prover.completion, _PROOF_SLOTS)
        if slot == "theorem":
            return answers.proof_in(rest, text, truncated)
        body = self._body(self.prover.completion, text, truncated)
        if body is None or slot == "proof":
            return body
        prompt = self.prover_prompt(rest)
        body = until_command(body)
        if not body.strip():
            return None
        return settle(prompt + body, len(prompt.rstrip()) - len("by"), len(prompt + body))

    def conjecture_of(self, text: str, truncated: bool) -> str | None:
        """The statement in a sampled `text`, as a `rest`; None if there is none."""
        slot = _slot(self.conjecturer.completion, _REST_SLOTS)
        if slot == "head":
            return answers.statement_in(text, truncated)
        body = self._body(self.conjecturer.completion, text, truncated)
        return answers.statement_after_theorem(body) if body is not None and slot == "statement" else body

    def _body(self, template: str, text: str, truncated: bool) -> str | None:
        """What of a plain continuation stands before the mark that ends it."""
        end = _end(template)
        body, ended, _ = text.partition(end) if end else (text, "", "")
        body = body.rstrip()
        if (truncated and not ended) or not body.strip() or any(word in body for word in self.reserved):
            return None
        return body

    def _after_by(self, block: str) -> tuple[str, str]:
        """The text that goes on after the prompt's `by`, and the proof that it stands for.

        A tactic in the line of `by` gets its own, at the column that it had, if the prompt has ended that line or
        Lean compares the next lines with it.
        """
        ended = self.prover.prompt.endswith("\n")
        body = block[len("by") :]
        first, *others = block.split("\n")
        if not body.startswith("\n") and (ended or compared(first, others)):
            body = f"\n  {body if others else body.lstrip()}"
        return body.removeprefix("\n") if ended else body, f"by{body}"

    def _fill(self, template: str, **parts: str) -> str:
        for part in parts.values():
            for word in self.reserved:
                if word in part:
                    raise ValueError(f"text for the format {self.name} must not contain {word}")
        values = {"header": self.header, **parts}
        return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_STATEMENT_SLOTS = ("rest", "statement", "head")
_PROOF_SLOTS = ("proof", "tactics", "theorem")
_REST_SLOTS = _STATEMENT_SLOTS
_SEED_SLOTS = ("lemma", "seed", "seed_rest", "seed_proof")


def _head(rest: str) -> str:
    return head_of(trim(rest))


def _statement(rest: str) -> dict[str, str]:
    head = _head(rest)
    return {"rest": rest.strip(), "statement": head.removeprefix("theorem "), "head": head}


def _slot(template: str, slots: tuple[str, ...]) -> str:
    found: list[str] = _PLACEHOLDER.findall(template)
    return next(name for name in found if name in slots)


def _end(template: str) -> str:
    """What stands behind a completion's last placeholder."""
    return _PLACEHOLDER.split(template)[-1].strip()


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Chat(_Table):
    system: str = ""


class _Role(_Table):
    prompt: str
    completion: str


class _File(_Table):
    """A format's TOML file."""

    description: str = ""
    header: str = ""
    stop: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    chat: _Chat | None = None
    prover: _Role
    conjecturer: _Role


def names() -> list[str]:
    """The formats that the project ships."""
    return sorted(path.stem for path in paths.shipped("data/formats").glob("*.toml"))


def load(name_or_path: str) -> Format:
    """A shipped format by its name, or one's own by the path of its TOML file. Raises ConfigError."""
    return _read(file_of(name_or_path))


def file_of(name_or_path: str) -> Path:
    """The TOML file of a format. Raises ConfigError if a name is that of none that is shipped."""
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        return Path(name_or_path).expanduser()
    if name_or_path not in names():
        near = difflib.get_close_matches(name_or_path, names(), n=1, cutoff=0.0)
        raise ConfigError(
            f"There is no format {name_or_path!r}; the nearest is {near[0]!r} (a file of your own: its path, "
            "ending in .toml)."
        )
    return paths.shipped(f"data/formats/{name_or_path}.toml")


def _read(path: Path) -> Format:
    try:
        table = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"The format {path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The format {path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise ConfigError(_sentence(path, error)) from error
    prover = Role(table.prover.prompt, table.prover.completion)
    conjecturer = Role(table.conjecturer.prompt, table.conjecturer.completion)
    if fault := _fault(prover, conjecturer):
        raise ConfigError(f"The format {path}: {fault}.")
    chat = Chat(table.chat.system) if table.chat else None
    ends = [
        answers.FENCE if answers.FENCE in role.completion else _end(role.completion)
        for role in (prover, conjecturer)
    ]
    reserved = dict.fromkeys([*table.reserved, *table.stop, *(end for end in ends if end)])
    return Format(
        path.stem, table.description, prover, conjecturer, table.header, chat, table.stop, tuple(reserved)
    )


def _sentence(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        valid = [*_File.model_fields, "chat.system"]
        valid += [f"{role}.{name}" for role in ("prover", "conjecturer") for name in _Role.model_fields]
        near = difflib.get_close_matches(key, valid, n=1, cutoff=0.0)
        return f"The format {path} has an unknown key {key!r}; the nearest valid one is {near[0]!r}."
    if first["type"] == "missing":
        return f"The format {path} lacks the key {key!r}."
    return f"The format {path}: {key} is not valid ({first['msg'].lower()})."


def _fault(prover: Role, conjecturer: Role) -> str:
    """What is wrong with the placeholders; empty if nothing is."""
    shown, proofs, seeds = set(_STATEMENT_SLOTS), set(_PROOF_SLOTS), set(_SEED_SLOTS)
    for key, template, some, allowed, single in (
        ("prover.prompt", prover.prompt, shown, shown, False),
        ("prover.completion", prover.completion, proofs, proofs, True),
        ("conjecturer.prompt", conjecturer.prompt, seeds - {"lemma"}, seeds, False),
        ("conjecturer.completion", conjecturer.completion, shown, shown, True),
    ):
        found = _PLACEHOLDER.findall(template)
        for name in found:
            if name not in allowed | {"header"}:
                known = ", ".join(f"{{{slot}}}" for slot in sorted(allowed | {"header"}))
                return f"{key} has an unknown placeholder {{{name}}}; there are {known}"
        held = [name for name in found if name in some]
        if not held or (single and len(held) > 1):
            which = " or ".join(f"{{{slot}}}" for slot in sorted(some))
            return f"{key} must hold {'exactly one' if single else 'one'} of {which}"
        if (
            single
            and held[0] in ("theorem", "head")
            and answers.FENCE not in template.partition("{" + held[0])[0]
        ):
            return f"{key} must put {{{held[0]}}} into a fenced block"
    if "lemma" not in _PLACEHOLDER.findall(conjecturer.prompt):
        return "conjecturer.prompt must hold {lemma}"
    if "{tactics}" in prover.completion and re.search(r"\bby\n?\Z", prover.prompt) is None:
        return "prover.prompt must end in `by` or in `by` and the end of its line, since prover.completion holds {tactics}"
    return ""
