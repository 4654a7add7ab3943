"""A campaign made by hand: few statements of every source and split, with real verdicts of the real Lean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stp.config import parse
from stp.export.run import Result
from stp.lean.pool import LeanPool
from stp.records import Check, StatementInfo, Verdict, digest, head_of, proof_id
from stp.store import Store

#: `export(campaign, out, force=…, **options)`
Export = Callable[..., Result]

MODEL = "0123456789abcdef"


@dataclass(frozen=True)
class Given:
    """A statement with the proofs that were tried, by (text, iteration); iteration None: not sampled by a model."""

    name: str
    rest: str
    source: str
    split: str
    proofs: tuple[tuple[str, int | None], ...]
    module: str = ""
    stated: int = 0


def _sampled(*texts: str, iteration: int = 1) -> tuple[tuple[str, int | None], ...]:
    return tuple((text, iteration) for text in texts)


GIVEN = (
    Given(
        "Seed.or_swap_here",
        "(p q : Prop) (h : p ∨ q) : q ∨ p",
        "seed",
        "sft",
        (("match h with\n| .inl a => .inr a\n| .inr a => .inl a", None),),
        "Logic",
    ),
    Given("Seed.two_two", ": 2 + 2 = 4", "seed", "sft", (("rfl", None),), "Nat"),
    Given(
        "Nat.add_comm",
        ": ∀ (a b : Nat), a + b = b + a",
        "library",
        "train",
        # proved twice (once more with other white space), and wrong in three ways
        (
            *_sampled("by omega", "by\n  omega", "by intros; omega", "Nat.add_comm", "by simp at", "by rfl"),
            *_sampled("by intro a b; omega", "by exact foo", iteration=2),
        ),
        "Init.Data.Nat.Basic",
    ),
    Given(
        "PUnit.ext",
        ".{u1} : ∀ (a b : PUnit), a = b",
        "library",
        "sft",
        (("by intros; rfl", None), ("by omega", None)),
        "Init.Core",
    ),
    Given(
        "List.take_length",
        ".{u1} : ∀ {α : Type u1} {l : List α}, List.take l.length l = l",
        "library",
        "train",
        _sampled("by simp at h", "by omega"),
        "Init.Data.List.TakeDrop",
    ),
    Given(
        "Nat.succ_le_of_lt",
        ": ∀ {n m : Nat}, n < m → n.succ ≤ m",
        "library",
        "held_out",
        _sampled("by intros; omega", "fun h => h", "by simp"),
        "Init.Data.Nat.Basic",
    ),
    # proofs whose layout, name or form matters where they stand in a file
    Given(
        "",
        "(n : Nat) : n * 0 = 0 * n -- a remark",
        "conjecture",
        "train",
        _sampled(
            "by simp\n",
            "by cases n\n   · rfl\n   · simp",
            "by\n  induction n with\n  | zero => rfl\n  | succ k ih => omega",
            "by omega",
            "by rfl",
        ),
        stated=1,
    ),
    Given(
        "",
        ": ∀ n : Nat, 0 + n = n",
        "conjecture",
        "train",
        _sampled(
            "| 0 => rfl\n| n + 1 => by have h := t n; omega",
            "fun n => match n with\n  | 0 => rfl\n  | k + 1 => congrArg Nat.succ (t k)",
            "h\nwhere\n  h (n : Nat) : 0 + n = n := Nat.zero_add n",
            "/- a /- nested -/ remark -/ | n => Nat.zero_add n",
            "by decide",
            iteration=2,
        ),
        stated=2,
    ),
    # `theorem` refuses a universe that the type does not use
    Given("", ".{u} (u : Nat) (h : u < 3) : u < 4", "conjecture", "train", _sampled("by omega"), stated=1),
    # beyond the tactics that make a statement trivial
    Given(
        "Seed.root_here",
        ": ∃ n : Nat, n * n = 49 ∧ n ≠ 0",
        "seed",
        "sft",
        (("⟨7, rfl, by decide⟩", None),),
        "Nat",
    ),
)

#: Verdicts that no test can wait for.
_BY_HAND = (
    ("by grind", Verdict("timeout", "heartbeats", "out of heartbeats")),
    ("by exact slow", Verdict("timeout", "wall_clock", "no answer within 60 s of wall clock")),
    ("by exact dead", Verdict("infrastructure", "infrastructure", "the worker ended (/home/of/somebody)")),
)


def build(folder: Path, pool: LeanPool) -> None:
    config = parse({"name": "by hand", "iterations": 2, "seed": 5})
    with Store.create_or_open(folder, config) as store:
        store.set_environment(pool.environment)
        infos = pool.statements([head_of(given.rest) for given in GIVEN])
        statements: list[dict[str, Any]] = []
        proofs: dict[str, dict[str, Any]] = {}
        attempts: list[dict[str, Any]] = []
        iterations: dict[str, int] = {}
        for position, (given, info) in enumerate(zip(GIVEN, infos, strict=True)):
            assert isinstance(info, StatementInfo), (given.rest, info)
            key = digest("statement", info.key)
            statements.append(
                {
                    "id": key,
                    "rest": given.rest,
                    "key": info.key,
                    "source": given.source,
                    "split": given.split,
                    "name": given.name,
                    "module": given.module,
                    "position": position,
                    "iteration": given.stated,
                    "environment": pool.environment.id,
                    **(
                        {"model": MODEL, "lemma": "Seed.lemma", "seed": statements[0]["id"]}
                        if given.source == "conjecture"
                        else {}
                    ),
                }
            )
            tried = given.proofs + (
                tuple((text, 1) for text, _ in _BY_HAND) if given.name == "Nat.add_comm" else ()
            )
            for copy, (text, iteration) in enumerate(tried):
                identity = proof_id(key, text)
                proofs[identity] = {"id": identity, "statement": key, "text": text}
                iterations[identity] = iteration or 0
                if iteration is not None:
                    attempts.append(
                        {
                            "id": digest("attempt", identity),
                            "iteration": iteration,
                            "stage": "evaluate" if given.split == "held_out" else "prove",
                            "statement": key,
                            "copy": copy,
                            "model": MODEL,
                            "proof": identity,
                            "tokens": 3,
                        }
                    )
        by_hand = dict(_BY_HAND)
        known = {row["id"]: row for row in statements}
        verdicts = [
            (identity, by_hand[row["text"]])
            for identity, row in proofs.items()
            if row["text"] in by_hand and known[row["statement"]]["name"] == "Nat.add_comm"
        ]
        done = {identity for identity, _ in verdicts}
        verdicts += [
            (job.id, verdict)
            for job, verdict in pool.check(
                Check(
                    identity,
                    head_of(known[row["statement"]]["rest"]),
                    row["text"],
                    forbid=(known[row["statement"]]["name"],) if known[row["statement"]]["name"] else (),
                )
                for identity, row in proofs.items()
                if identity not in done
            )
        ]
        # the clock is no part of what is tested
        verdicts = [(i, Verdict(**{**vars(v), "seconds": 0.25})) for i, v in sorted(verdicts)]
        with store.transaction():
            store.add("statements", statements)
            store.add("proofs", proofs.values())
            store.add("attempts", attempts)
            for iteration in (0, 1, 2):
                store.add_verdicts([(i, v) for i, v in verdicts if iterations[i] == iteration], iteration)
            store.add(
                "conjectures",
                [
                    {
                        "id": f"c{copy}",
                        "iteration": row["iteration"],
                        "copy": copy,
                        "rest": row["rest"],
                        "screen": screen,
                        "statement": row["id"],
                        "truncated": 0,
                    }
                    for copy, (row, screen) in enumerate(
                        (row, screen)
                        for row in statements
                        if row["source"] == "conjecture"
                        for screen in ("kept", "repeated")
                    )
                ],
            )
            store.add(
                "models", [{"id": MODEL, "iteration": 0, "folder": "models/0", "parent": "", "examples": 7}]
            )
            store.add(
                "examples",
                [
                    {
                        "id": "e",
                        "iteration": 1,
                        "role": "conjecturer",
                        "prompt": "p",
                        "completion": "c",
                        "statement": statements[6]["id"],
                    }
                ],
            )
            store.finish(2, "evaluate", {})
