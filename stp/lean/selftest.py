"""Does the checker refuse what it must and take what it should? The suites in `tests/attacks` and `tests/good`,
attacks put together at random, and the canaries that a worker is asked when it starts.

Import-light: what needs a running Lean is imported where it is used.
"""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stp import paths
from stp.errors import InputError
from stp.records import Check, Verdict

if TYPE_CHECKING:
    from rich.table import Table

    from stp.lean.pool import LeanPool

Progress = Callable[[int, int], None]
_T = TypeVar("_T", "Attack", "Good")


@dataclass(frozen=True)
class Attack:
    """A proof that must not be accepted; its statement is false, not to be had, or forbidden as posed."""

    name: str
    hole: str  # the family
    statement: str
    proof: str
    header: str = ""
    forbid: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()  # reasons it may be refused for; empty: any

    def check(self) -> Check:
        return Check(self.name, self.statement, self.proof, self.header, self.forbid)


@dataclass(frozen=True)
class Good:
    """A theorem with a proof that must be accepted."""

    name: str
    file: str
    statement: str
    proof: str
    forbid: tuple[str, ...] = ()

    def check(self) -> Check:
        return Check(self.name, self.statement, self.proof, forbid=self.forbid)


@dataclass(frozen=True)
class Canary:
    """A check whose outcome is known. `proved` is what a sound worker says."""

    check: Check
    proved: bool


@dataclass
class Row:
    """What came of one family of attacks, or of one file of good proofs."""

    name: str
    cases: int = 0
    accepted: int = 0
    refused: int = 0
    undecided: int = 0


@dataclass
class Report:
    """What came of a run. Sound if nothing stands in `accepted` and `refused`."""

    attacks: list[Row] = field(default_factory=list)
    good: list[Row] = field(default_factory=list)
    accepted: list[tuple[Attack, Verdict]] = field(default_factory=list)  # must be empty
    refused: list[tuple[Good, Verdict]] = field(default_factory=list)  # must be empty
    undecided: list[tuple[str, Verdict]] = field(default_factory=list)  # time-outs by the clock, lost workers
    attack_seconds: float = 0.0
    good_seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not (self.accepted or self.refused)


# --- the suites -------------------------------------------------------------------------------------------


def attacks() -> list[Attack]:
    """The written attacks, in the order of their files. Raises InputError if a file is not what it should be."""
    found: list[Attack] = []
    for path in sorted(paths.shipped("tests/attacks").glob("*.toml")):
        found.extend(read(path))
    names = [attack.name for attack in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"Attacks with the same name: {', '.join(twice)}; give each a name of its own.")
    return found


def read(path: Path) -> list[Attack]:
    """The attacks of one file."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["attack"]
        return [Attack(**{key: _value(value) for key, value in table.items()}) for table in tables]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is no file of attacks: {error}") from error


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def good(pool: LeanPool) -> list[Good]:
    """The good proofs: those of `tests/good` under their own names, then the seed library's.

    A seed is a constant of the environment, so its own name is forbidden to its proof.
    """
    from stp.lean import library

    found = [
        Good(seed.name, seed.file, _head(seed.name, seed.rest), seed.proof)
        for seed in library.cut(pool, sorted(paths.shipped("tests/good").glob("*.lean")))
    ]
    seeds = [Good(seed.name, "seeds", seed.head, seed.proof, (seed.name,)) for seed in library.seeds(pool)]
    return found + (seeds if "Seed" in pool.settings.imports else [])


def _head(name: str, rest: str) -> str:
    return f"theorem {name}{rest}" if rest.startswith(".") else f"theorem {name} {rest}"


#: Names of the attacks in `tests/attacks/canaries.toml`: holes, the compiler, code, a command, recursion, a ban.
CANARIES = (
    "sorry_term",
    "sorryax",
    "native_decide",
    "ofreducebool_true",
    "config_paren_app",
    "axiom_after",
    "self_reference",
    "forbidden_plain",
)

#: Good ones beside them, so that a worker that refuses everything is noticed too.
_GOOD_CANARIES = (
    Check("canary_term", "theorem t (p q : Prop) (h : p ∧ q) : q ∧ p", "⟨h.2, h.1⟩"),
    Check("canary_tactic", "theorem t (a b : Nat) (h : a < b) : a + 1 ≤ b", "by\n  exact h"),
)


def canaries() -> list[Canary]:
    """A few cheap checks with their outcomes, for a worker that has just started."""
    chosen = {attack.name: attack for attack in read(paths.shipped("tests/attacks/canaries.toml"))}
    return [Canary(chosen[name].check(), False) for name in CANARIES] + [
        Canary(check, True) for check in _GOOD_CANARIES
    ]


# --- attacks at random ------------------------------------------------------------------------------------

#: Heads whose propositions are false, or have instances that are. No hypothesis is contradictory.
_STATEMENTS = (
    "theorem t : (1 : Nat) = 2",
    "theorem t : False",
    "theorem t : ¬ True",
    "theorem t (p : Prop) : p",
    "theorem t (p : Prop) : ¬ p",
    "theorem t (p q : Prop) (h : p ∨ q) : p ∧ q",
    "theorem t (p q : Prop) (h : p → q) : q → p",
    "theorem t (n : Nat) : n < n",
    "theorem t (n : Nat) : n = n + 1",
    "theorem t (a b : Nat) : a = b",
    "theorem t (a b : Nat) (h : a ≤ b) : b ≤ a",
    "theorem t (a b : Nat) : a - b = b - a",
    "theorem t : ∀ n : Nat, n * n = n",
    "theorem t : ∃ n : Nat, n + 1 = 0",
    "theorem t : ∀ x : Fin 5, x.val < 4",
    "theorem t (l : List Nat) : l.reverse = l",
    "theorem t (l m : List Nat) : l ++ m = m ++ l",
    "theorem t.{u} (α : Type u) (a b : α) : a = b",
    "theorem t.{u} (α : Type u) : Nonempty α",
    "theorem t (f : Nat → Nat) : f 0 = f 1",
    "theorem t (f g : Nat → Nat) (h : f 0 = g 0) : f = g",
    "theorem t (x : Int) : x * x = x",
    "theorem t (b : Bool) : b = true",
    "theorem t (x : BitVec 8) : x + 1 = x",
    "theorem t (s : String) : s.length = 0",
    "theorem t (α : Type) [Inhabited α] (a : α) : a = default",
    "theorem t [Add Nat] (a : Nat) : a + a = a",
    "theorem t (p : Nat → Prop) (h : p 0) : p 1",
    "theorem t : 'a' = 'b'",
    "theorem t : (0 : Fin 3) = 1",
    "theorem t : (2 : Rat) = 3",
    "theorem t : ((1 : Nat) == 2) = true",
    "theorem Nat.t (n : Nat) : n.succ = 0",
    "theorem «stp target» (p : Prop) : p",
)

#: Terms that would prove anything, if one of them proved something.
_TERMS = (
    "sorry",
    "(sorry)",
    "sorryAx _ true",
    "sorryAx _ false",
    "@sorryAx _ true",
    "sorryAx.{0} _ true",
    "_root_.sorryAx _ true",
    "«sorryAx» _ true",
    "(sorryAx False true).elim",
    "(let ax := @sorryAx.{0}; ax _ true)",
    "(have ax : ∀ p : Prop, p := fun p => sorryAx p true; ax _)",
    "cast (sorryAx _ true) trivial",
    "(sorryAx Empty true).elim",
    "Classical.choice (sorryAx _ true)",
    "Eq.mpr (propext ⟨fun _ => trivial, fun _ => sorryAx _ true⟩) trivial",
    "lcProof",
    "@lcProof _",
    "lcUnreachable",
    "unsafeCast trivial",
    "unsafe (unsafeCast trivial)",
    "unsafeBaseIO (pure (by assumption))",
    "panicCore «x»",
    'panic! "x"',
    "unreachable!",
    "t",
    "@t",
    "_root_.t",
    "«stp target»",
    "@«stp target»",
    "«stp target»._proof_1",
    "_",
    "?_",
    "?x",
    "default",
    "inferInstance",
    "Classical.ofNonempty",
    "Classical.choice inferInstance",
    "‹_›",
    "rfl",
    "trivial",
    "(trivial : True)",
    "cast rfl trivial",
    "(rfl : 1 = 1) ▸ trivial",
    "absurd rfl (by decide)",
    "nofun",
    "nomatch (default : Empty)",
    "(fun f => f f) (fun f => f f)",
    "of_decide_eq_true rfl",
    "of_decide_eq_true (Lean.ofReduceBool _ true rfl)",
    "Lean.ofReduceBool System.Platform.isWindows true rfl",
    "(Lean.ofReduceNat 1 2 rfl).elim",
    "Lean.trustCompiler",
    "eq_of_heq HEq.rfl",
    "Subsingleton.elim _ _",
    "by_elab return .const ``trivial []",
    "(run_tac pure ())",
    "set_option debug.skipKernelTC true in rfl",
    "(set_option maxHeartbeats 0 in by decide)",
    '(dbg_trace "x"; rfl)',
    'include_str "/etc/passwd"',
    "$x",
    "`(rfl)",
    "(let rec f : False := f; f).elim",
    "(let rec f (n : Nat) : False := f (n + 1); (f 0).elim)",
    "(let rec f : Nat → False | 0 => f 0 | n + 1 => f n; (f 0).elim)",
    "(let rec @[implemented_by unsafeCast] f : False := f; f.elim)",
    "(let f (h : False := by exact sorryAx _ true) := h; f).elim",
    "(let f (h : autoParam False Lean.Syntax.missing) := h; f).elim",
    "(letI : Inhabited False := ⟨sorryAx _ true⟩; default).elim",
    "@of_decide_eq_true _ (isTrue (sorryAx _ true)) rfl",
    "WellFounded.fix (r := fun _ _ => True) ⟨fun a => ⟨a, fun _ _ => by assumption⟩⟩ (fun x ih => ih x trivial) ()",
    "(Quot.sound trivial : _)",
    "open Lean renaming ofReduceBool → f in f System.Platform.isWindows true rfl",
    "no_implicit_lambda% sorryAx _ true",
    ".trans (sorryAx _ true) rfl",
    "(sorryAx _ true : _ ∧ _).1",
)

#: Tactics that would close anything.
_TACTICS = (
    "sorry",
    "admit",
    "stop",
    "exact sorry",
    "exact sorryAx _ true",
    "apply sorryAx; exact true",
    "refine sorryAx _ ?_; exact false",
    "exact lcProof",
    "exact unsafeCast trivial",
    "native_decide",
    "decide +native",
    "decide (native := true)",
    "decide (config := { native := true })",
    "decide",
    "decide +kernel",
    "bv_decide",
    "exact?",
    "apply?",
    "rw?",
    "simp?",
    "run_tac pure ()",
    "trivial",
    "assumption",
    "contradiction",
    "rfl",
    "eq_refl",
    "constructor",
    "exact t",
    "apply t",
    "exact «stp target»",
    "simp [t]",
    "rw [t]",
    "simp",
    "simp_all",
    "simp +arith",
    "omega",
    "exfalso; assumption",
    "exfalso; exact sorryAx _ true",
    "cases sorryAx False true",
    "obtain ⟨⟩ := sorryAx False true",
    "have h := sorryAx False true; contradiction",
    "have h : False := sorryAx _ true; simp at h",
    "have h : False := sorryAx _ true; omega",
    "solve_by_elim [sorryAx]",
    "as_aux_lemma => exact sorryAx _ true",
    "as_aux_lemma => sorry",
    "haveI : Inhabited False := ⟨sorryAx _ true⟩; exact (default : False).elim",
    "letI d : Decidable False := isTrue (sorryAx _ true); exact (@of_decide_eq_true _ d rfl).elim",
    "show True; trivial",
    "change True; trivial",
    "suffices True by trivial; trivial",
    "set_option debug.skipKernelTC true in rfl",
    "set_option maxHeartbeats 0 in decide",
    'simp (maxSteps := dbgTrace "x" fun _ => 5)',
    "simp (maxSteps := id 5)",
    "simp (config := { maxSteps := unsafeCast 5 })",
    "omega (splitDisjunctions := unsafeCast 7)",
    "simp (disch := exact sorryAx _ true) [Nat.succ_inj]",
    "conv => tactic => sorry",
    "conv => lhs; rw [sorryAx (0 = 1) true]",
    "grind => sorry",
    "let rec f : False := f; exact f.elim",
    "intros; assumption",
    "intros; exact sorryAx _ true",
    "refine ?_",
    "skip",
    "done",
    "rename_i h; exact h",
    'dbg_trace "x"; rfl',
    "nofun",
    "injections",
    "subst_vars; rfl",
    "congr",
    "classical exact of_decide_eq_true rfl",
    "open Classical in decide",
)

#: `{}` stands for a term; the whole is a term.
_TERM_WRAPPERS = (
    "{}",
    "({})",
    "id ({})",
    "id <| {}",
    "({} |> id)",
    "@id _ ({})",
    "(({}) : _)",
    "(show _ from {})",
    "(have h := {}; h)",
    "(have h : _ := {}; h)",
    "(let x := {}; x)",
    "(haveI := {}; this)",
    "(suffices h : _ from h; {})",
    "(fun h => h) ({})",
    "(fun (_ : Unit) => {}) ()",
    "(match True.intro with | _ => {})",
    "(match (), () with | (), () => {})",
    "(if h : True then {} else absurd trivial h)",
    "(⟨{}, trivial⟩ : _ ∧ True).1",
    "({{ left := {}, right := trivial }} : _ ∧ True).left",
    "(by exact {})",
    "(by refine {})",
    "(by apply {})",
    "(by first | exact {} | skip)",
    "(by simpa using {})",
    "(by have h := {}; exact h)",
    "(open Nat in {})",
    "(open Classical in {})",
    "(open Lean Elab in {})",
    "(set_option pp.all true in {})",
    "(no_implicit_lambda% {})",
    "(Id.run do return {})",
    "(let_fun h := {}; h)",
    "(nomatch (sorryAx False true), {})",
    "/- theorem t : True := -/ ({}) -- trivial",
    "/- /- rfl -/ -/ {}",
    "(calc _ = _ := {})",
    "(calc _ = _ := rfl\n  _ = _ := {})",
    "(let rec f (n : Nat) : _ := {}; f 0)",
    "(let f (h : _ := {}) := h; f)",
    "(And.right ⟨trivial, {}⟩)",
    "(Or.elim (Or.inl trivial : True ∨ True) (fun _ => {}) (fun _ => {}))",
    "(dbgTraceVal {})",
    "(Function.const Unit ({}) ())",
)

#: `{}` stands for a tactic; the whole is a tactic.
_TACTIC_WRAPPERS = (
    "{}",
    "({})",
    "try ({})",
    "first | ({}) | skip",
    "first | fail | ({})",
    "solve | ({})",
    "all_goals ({})",
    "any_goals ({})",
    "focus ({})",
    "repeat' ({})",
    "iterate 2 ({})",
    "skip <;> ({})",
    "({}) <;> skip",
    "({}); done",
    "skip; {}",
    "· {}",
    "next => {}",
    "case _ => {}",
    "refine ?_; ({})",
    "have h : _ := by {}\n  exact h",
    "suffices h : _ by exact h\n  {}",
    "classical ({})",
    "with_reducible ({})",
    "with_unfolding_all ({})",
    "open Nat in ({})",
    "set_option pp.all true in ({})",
    "as_aux_lemma => {}",
    "by_cases h : True <;> ({})",
    "if h : True then ({}) else contradiction",
    "match True.intro with | _ => {}",
    "conv => skip\n  {}",
    "intros; ({})",
    "exfalso; ({})",
    "exact (by {})",
    "refine (by {})",
    "rcases trivial with _; ({})",
    "fail_if_success fail; ({})",
    "/- -/ {} -- done",
    "let rec f : True := trivial; ({})",
    "exact (show _ from by {})",
)

#: `{}` stands for a tactic; the whole is a term.
_BY = (
    "by {}",
    "by\n  {}",
    "(by {})",
    "by {{ {} }}",
    "show _ by {}",
    "(show _ from by {})",
    "have h : _ := by {}\nh",
)

#: What goes round the whole text; most often nothing.
_TEXTS = (
    "{}\ntheorem u : True := trivial",
    "{}\naxiom x : False",
    "{}\n#eval 1",
    "{}\nset_option debug.skipKernelTC true",
    "{}\nwhere\n  x : False := x",
    "{}\nwhere\n  @[implemented_by unsafeCast] x : False := x",
    "{}\nwhere\n  t : False := t",
    "{}\ntermination_by 0",
    "{}\ntermination_by 0\ndecreasing_by all_goals sorry",
    "{}\ndecreasing_by exact sorryAx _ true",
    ":= {}",
    "/-- doc -/ {}",
    "-- {}\n{}",
    "/- {} -/ {}",
    "\n\n  {}\n\n",
    "{} -- proved",
    "\ufeff{}",
    "{}\u200b",
    "```lean\n{}\n```",
    "{}\nend",
    "#exit\n{}",
    "open Classical\n{}",
    "namespace X\n{}\nend X",
    "{}\n#exit",
)


def generated(seed: int, count: int) -> list[Attack]:
    """`count` different attacks put together at random; the same for the same seed, and a longer list begins
    with the shorter one."""
    rng = random.Random(seed)
    found: list[Attack] = []
    seen: set[tuple[str, str]] = set()
    while len(found) < count:
        statement, proof = rng.choice(_STATEMENTS), _proof(rng)
        if (statement, proof) not in seen:
            seen.add((statement, proof))
            found.append(Attack(f"generated-{seed}-{len(found)}", "generated", statement, proof))
    return found


def _proof(rng: random.Random) -> str:
    if rng.random() < 0.5:
        text = rng.choice(_TERMS)
    else:
        text = rng.choice(_TACTICS)
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            text = _around(rng.choice(_TACTIC_WRAPPERS), text)
        text = _around(rng.choice(_BY), text)
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        text = _around(rng.choice(_TERM_WRAPPERS), text)
    if rng.random() < 0.15:
        text = _around(rng.choice(_TEXTS), text)
    return text


def _around(wrapper: str, text: str) -> str:
    """`text` in the places of `wrapper`; lines that follow its first one are indented, for the layout's sake."""
    inner = text.replace("\n", "\n  ")
    return (
        wrapper.replace("{{", "\x01")
        .replace("}}", "\x02")
        .replace("{}", inner)
        .replace("\x01", "{")
        .replace("\x02", "}")
    )


# --- running them -----------------------------------------------------------------------------------------

#: `--quick`: every so manieth written attack and good proof.
QUICK_STRIDE = 12


def run(
    pool: LeanPool,
    *,
    generated: int,
    seed: int,
    progress: Progress = lambda done, total: None,
    quick: bool = False,
) -> Report:
    """Both suites and `generated` attacks by `seed`. quick: a sample of the suites."""
    hostile, sound = attacks(), good(pool)
    if quick:
        hostile, sound = hostile[::QUICK_STRIDE], sound[::QUICK_STRIDE]
    return judge(pool, [*hostile, *_generated(seed, generated)], sound, progress)


_generated = generated  # `run` has a parameter of that name


def judge(
    pool: LeanPool,
    hostile: Sequence[Attack],
    sound: Sequence[Good],
    progress: Progress = lambda done, total: None,
) -> Report:
    """What the checker says of these attacks and good proofs."""
    report = Report()
    total = len(hostile) + len(sound)
    started = time.monotonic()
    rows = {name: Row(name) for name in dict.fromkeys(attack.hole for attack in hostile)}
    for done, (attack, verdict) in enumerate(_verdicts(pool, hostile), 1):
        progress(done, total)
        row = rows[attack.hole]
        row.cases += 1
        if verdict.proved:
            row.accepted += 1
            report.accepted.append((attack, verdict))
        elif verdict.decisive or verdict.outcome == "bad_statement":
            row.refused += 1
        else:
            row.undecided += 1
            report.undecided.append((attack.name, verdict))
    report.attacks = list(rows.values())
    report.attack_seconds = time.monotonic() - started
    started = time.monotonic()
    rows = {name: Row(name) for name in dict.fromkeys(item.file for item in sound)}
    for done, (item, verdict) in enumerate(_verdicts(pool, sound), len(hostile) + 1):
        progress(done, total)
        row = rows[item.file]
        row.cases += 1
        if verdict.proved:
            row.accepted += 1
        elif verdict.decisive or verdict.outcome == "bad_statement":
            row.refused += 1
            report.refused.append((item, verdict))
        else:
            row.undecided += 1
            report.undecided.append((item.name, verdict))
    report.good = list(rows.values())
    report.good_seconds = time.monotonic() - started
    return report


def _verdicts(pool: LeanPool, items: Sequence[_T]) -> Iterable[tuple[_T, Verdict]]:
    """Verdicts as they come in. The jobs are numbered, since two suites may use one name."""
    jobs = [replace(item.check(), id=str(i)) for i, item in enumerate(items)]
    for job, verdict in pool.check(jobs):
        yield items[int(job.id)], verdict


# --- showing it -------------------------------------------------------------------------------------------


def tables(report: Report) -> list[Table]:
    """Attacks by hole, and good proofs by file."""
    from rich.table import Table

    hostile = Table(title="attacks", title_justify="left")
    for name in ("hole", "cases", "refused", "accepted", "undecided"):
        hostile.add_column(name, justify="left" if name == "hole" else "right")
    for row in report.attacks:
        hostile.add_row(row.name, *map(str, (row.cases, row.refused, row.accepted, row.undecided)))
    sound = Table(title="good proofs", title_justify="left")
    for name in ("file", "cases", "proved", "refused", "undecided"):
        sound.add_column(name, justify="left" if name == "file" else "right")
    for row in report.good:
        sound.add_row(row.name, *map(str, (row.cases, row.accepted, row.refused, row.undecided)))
    return [hostile, sound]


def faults(report: Report) -> list[str]:
    """A line for each attack accepted, each good proof refused and each case without a verdict."""
    return [
        *(
            f"ACCEPTED {a.name} ({a.hole}): {_line(a.statement)} := {_line(a.proof)}"
            for a, _ in report.accepted
        ),
        *(f"REFUSED {g.name} ({g.file}): {v.reason}: {_line(v.detail)}" for g, v in report.refused),
        *(f"undecided {name}: {v.outcome}: {_line(v.detail)}" for name, v in report.undecided),
    ]


def last_line(report: Report) -> str:
    hostile, sound = (sum(row.cases for row in rows) for rows in (report.attacks, report.good))
    undecided = f"; {len(report.undecided)} undecided" if report.undecided else ""
    seconds = report.attack_seconds + report.good_seconds
    tail = f"{undecided} ({seconds:.0f} s)"
    if report.ok:
        return f"OK: none of {hostile:,} attacks accepted, none of {sound:,} good proofs refused{tail}"
    return (
        f"FAILED: {len(report.accepted)} of {hostile:,} attacks accepted, "
        f"{len(report.refused)} of {sound:,} good proofs refused{tail}"
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "ok": report.ok,
        "attacks": [vars(row) for row in report.attacks],
        "good": [vars(row) for row in report.good],
        "accepted": [{**vars(a), "axioms": list(v.axioms)} for a, v in report.accepted],
        "refused": [{**vars(g), "reason": v.reason, "detail": v.detail} for g, v in report.refused],
        "undecided": [
            {"name": name, "outcome": v.outcome, "detail": v.detail} for name, v in report.undecided
        ],
        "attack_seconds": round(report.attack_seconds, 1),
        "good_seconds": round(report.good_seconds, 1),
    }


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
