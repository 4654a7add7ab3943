"""Lean repositories traced by lean-dojo.

A real trace needs elan and the network. Here a file's syntax tree is put together by hand from lean-dojo's own classes,
written and read back by its own XML, and made into entries; that takes lean-dojo (`stp[trace]`).
"""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from stp.cli import main
from stp.data import dataset, trace
from stp.data.dataset import DataSet, Entry
from stp.data.trace import Pinned, TraceError, parse
from stp.errors import InputError

# --- what can be asked for --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "url", "revision"),
    [
        ("owner/name@v1.0", "https://github.com/owner/name", "v1.0"),
        ("https://github.com/owner/name.git@abc123", "https://github.com/owner/name", "abc123"),
        ("https://example.org/a/name/@main", "https://example.org/a/name", "main"),
        ("git@github.com:owner/name@v2", "git@github.com:owner/name", "v2"),
    ],
)
def test_a_repository_at_a_revision(spec: str, url: str, revision: str) -> None:
    assert parse(spec) == Pinned(url, revision)


@pytest.mark.parametrize(
    "spec",
    ["owner/name", "owner/name@", "name@v1", "git@github.com:owner/name", "ftp://x@1", "@v1", "a/b@v 1"],
)
def test_anything_else_is_refused_with_the_form(spec: str) -> None:
    with pytest.raises(InputError, match="is not REPO@REV"):
        parse(spec)


def test_without_lake_the_command_says_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = tmp_path / "git"
    git.write_text("#!/bin/sh\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    run = CliRunner().invoke(main, ["data", "trace", "owner/name@v1"])
    assert run.exit_code == 1
    assert "needs lake, which is not on the PATH; install it from elan" in run.output
    assert not (tmp_path / "home").exists()


def test_a_taken_name_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")  # a trace would complain of that
    dataset.save(DataSet("name", (Entry("a", "A"),)))
    run = CliRunner().invoke(main, ["data", "trace", "owner/name@v1"])
    assert run.exit_code == 1
    assert "--force" in run.output


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATH on which git and lake are found, as programs that do nothing."""
    for tool in ("git", "lake"):
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_without_the_extra_the_command_says_how_to_install_it(
    tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name in ("lean_dojo", "github"):
            raise ModuleNotFoundError(name=name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TraceError, match=r"needs lean-dojo.*pip install 'stp\[trace\]'"):
        trace.run(Pinned("https://github.com/owner/name", "v1"), "x", dependencies=False)


class Refusal(Exception):
    """Stands in for github.GithubException, which carries the HTTP status so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class StandIn:
    """Stands in for the module lean_dojo up to the point where it would reach for the network."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def LeanGitRepo(self, url: str, revision: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionError("no route to host"), "cannot be reached.*tracing needs the network"),
        (Refusal(401), "HTTP 401.*GITHUB_ACCESS_TOKEN"),
        (Refusal(403), "HTTP 403.*raises the limit"),
        (Refusal(404), "no repository https://github.com/owner/name"),
        (ValueError("Invalid tag or branch: `v1`"), "lean-dojo cannot trace .* at v1: Invalid tag"),
        (subprocess.CalledProcessError(1, "lake build"), "does not build: `lake build` failed"),
    ],
)
def test_what_went_wrong_is_one_sentence(
    error: Exception, sentence: str, tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    github = ModuleType("github")
    github.GithubException = Refusal  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "github", github)
    monkeypatch.setitem(sys.modules, "lean_dojo", StandIn(error))  # type: ignore[arg-type]
    with pytest.raises(TraceError, match=sentence):
        trace.run(Pinned("https://github.com/owner/name", "v1"), "x", dependencies=False)


# --- what a trace becomes ---------------------------------------------------------------------------------

SOURCE = """\
import Init.Core

open Nat
namespace Own.Part
variable (k : Nat)
def two : Nat := 2

theorem shift (m n : Nat) : m + n = n + m := by
  have _ := two
  exact Nat.add_comm m n

section
universe u
open Classical in
/-- words -/
@[simp] theorem shift_more (m n : Nat) :
    (m + n) + k = (n + m) + k :=
    by
      rw [shift m n]
end

lemma short : 1 = 1 := rfl

theorem by_cases : ∀ n : Nat, 0 ≤ n
  | 0 => Nat.le_refl 0
  | _ + 1 => Nat.zero_le _
end Own.Part
"""


class Tree:
    """Nodes over parts of the source."""

    def __init__(self, file: Any) -> None:
        from lean_dojo.data_extraction import ast

        self.file, self.ast = file, ast

    def pos(self, at: int) -> Any:
        return self.file.convert_pos(len(SOURCE[:at].encode()))

    def make(self, node: str, text: str, *children: Any, **fields: Any) -> Any:
        """A node over the first place of `text`."""
        at = SOURCE.index(text)
        leaf = {"leading": "", "trailing": ""} if node in ("AtomNode", "IdentNode") else {}
        made = getattr(self.ast, node)
        return made(self.file, self.pos(at), self.pos(at + len(text)), list(children), **leaf, **fields)

    def ident(self, text: str, name: str) -> Any:
        return self.make("IdentNode", text, raw_val=text, val=text, full_name=name)

    def parts(self, keyword: str, name: str, text: str, value: Any) -> list[Any]:
        return [
            self.make("AtomNode", text, val=keyword),
            self.make("CommandDeclidNode", text),
            self.make("CommandDeclsigNode", text),
            value,
        ]

    def simple(self, text: str, proof: Any) -> Any:
        return self.make("CommandDeclvalsimpleNode", text, self.make("AtomNode", text, val=":="), proof)

    def theorem(self, name: str, text: str, value: Any, declared: str = "") -> Any:
        named = {"name": name, "full_name": f"Own.Part.{name}"}
        modifiers = self.make("CommandDeclmodifiersNode", declared or text)
        node = self.make("CommandTheoremNode", text, *self.parts("theorem", name, text, value), **named)
        return self.make("CommandDeclarationNode", declared or text, modifiers, node, **named)

    def other(self, kind: str, text: str, *children: Any) -> Any:
        return self.make("OtherNode", text, *children, kind=f"Lean.Parser.Command.{kind}")


def between(start: str, end: str) -> str:
    at = SOURCE.index(start)
    return SOURCE[at : SOURCE.index(end, at) + len(end)]


def tree(file: Any) -> Any:
    """The syntax tree that ExtractData.lean would write of the source, less what lean-dojo and stp do not look at."""
    t = Tree(file)
    shift = between(":= by\n  have", "add_comm m n")
    shift_by = t.make(
        "TermBytacticNode",
        shift.removeprefix(":= "),
        t.ident("two\n"[:-1], "Own.Part.two"),
        t.ident("Nat.add_comm", "Nat.add_comm"),
    )
    more = between(":=\n    by", "rw [shift m n]")
    more_by = t.make("TermBytacticNode", more[len(":=\n    ") :], t.ident("shift", "Own.Part.shift"))
    in_command = between("open Classical in", "rw [shift m n]")
    cases = between("| 0 =>", "Nat.zero_le _")
    lemma = {"name": "short", "full_name": "Own.Part.short"}
    lemma_text = "lemma short : 1 = 1 := rfl"
    lemma_value = t.simple(":= rfl", t.make("OtherNode", "rfl", kind="Lean.Parser.Term.ident"))
    definition = "def two : Nat := 2"
    commands = [
        t.make(
            "ModuleHeaderNode",
            "import Init.Core",
            t.make("ModuleImportNode", "import Init.Core", module="Init.Core", path=Path("Init/Core.lean")),
        ),
        t.other("open", "open Nat"),
        t.make("CommandNamespaceNode", "namespace Own.Part", name="Own.Part"),
        t.other("variable", "variable (k : Nat)"),
        t.make(
            "CommandDeclarationNode",
            definition,
            t.make("CommandDeclmodifiersNode", definition),
            t.other("definition", definition),
            name="two",
            full_name="Own.Part.two",
        ),
        t.theorem("shift", between("theorem shift (", "add_comm m n"), t.simple(shift, shift_by)),
        t.make("CommandSectionNode", "section", name=None),
        t.other("universe", "universe u"),
        t.other(
            "in",
            in_command,
            t.other("open", "open Classical"),
            t.theorem(
                "shift_more",
                between("theorem shift_more", "rw [shift m n]"),
                t.simple(more, more_by),
                between("/-- words", "rw [shift m n]"),
            ),
        ),
        t.make("CommandEndNode", "end", name=None),
        t.make(
            "LemmaNode",
            lemma_text,
            t.make("CommandDeclmodifiersNode", lemma_text),
            t.make("GroupNode", lemma_text, *t.parts("lemma", "short", lemma_text, lemma_value)),
            **lemma,
        ),
        t.theorem(
            "by_cases",
            between("theorem by_cases", "Nat.zero_le _"),
            t.make("CommandDeclvaleqnsNode", cases, t.ident("Nat.le_refl", "Nat.le_refl")),
        ),
        t.make("CommandEndNode", "end Own.Part", name="Own.Part"),
    ]
    return t.ast.FileNode(file, file.start_pos, file.end_pos, commands)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real lean_dojo.TracedRepo of one file, on a local git repository."""
    root = tmp_path_factory.mktemp("own")
    patch = pytest.MonkeyPatch()
    # lean-dojo reads its settings when it is imported
    patch.setenv("CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    patch.setenv("DISABLE_REMOTE_CACHE", "1")
    patch.delenv("GITHUB_ACCESS_TOKEN", raising=False)
    lean_dojo = pytest.importorskip("lean_dojo", reason="lean-dojo (stp[trace]) is not installed")
    from lean_dojo.data_extraction.traced_data import TracedFile, TracedRepo

    (root / "Own.lean").write_text(SOURCE)
    (root / "lean-toolchain").write_text("leanprover/lean4:v4.28.0\n")
    identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *command], cwd=root, check=True, env={**os.environ, **identity})
    repo = lean_dojo.LeanGitRepo.from_path(root)
    file = lean_dojo.LeanFile(root, Path("Own.lean"))
    written = root / ".lake/build/ir/Own.trace.xml"
    written.parent.mkdir(parents=True)
    written.write_text(TracedFile(root, repo, file, tree(file), []).to_xml())
    back = TracedFile.from_xml(root, written, repo)
    made = TracedRepo(repo, {}, root, [back], None)
    made._update_traced_files()
    yield made
    patch.undo()


@pytest.fixture(scope="module")
def found(traced: Any) -> dict[str, Entry]:
    return {entry.name: entry for entry in trace.entries(traced)}


def test_statements_and_proofs_are_cut_out_as_written(found: dict[str, Entry]) -> None:
    shift = found["Own.Part.shift"]
    assert shift.statement == "theorem shift (m n : Nat) : m + n = n + m"
    assert shift.proof == "by\n  have _ := two\n  exact Nat.add_comm m n"
    more = found["Own.Part.shift_more"]
    assert more.statement == "theorem shift_more (m n : Nat) :\n    (m + n) + k = (n + m) + k"
    assert more.proof == "by\n  rw [shift m n]"  # in the columns that it has to its own beginning
    assert more.source == "Own.lean:16"


def test_a_lemma_is_a_theorem_and_a_proof_by_cases_no_term(found: dict[str, Entry]) -> None:
    assert (found["Own.Part.short"].statement, found["Own.Part.short"].proof) == (
        "theorem short : 1 = 1",
        "rfl",
    )
    by_cases = found["Own.Part.by_cases"]
    assert (by_cases.statement, by_cases.proof) == ("theorem by_cases : ∀ n : Nat, 0 ≤ n", "")


def test_premises_are_what_the_proof_names_less_definitions(found: dict[str, Entry]) -> None:
    assert found["Own.Part.shift"].premises == ("Nat.add_comm",)
    assert found["Own.Part.shift_more"].premises == ("Own.Part.shift",)


def test_the_header_is_what_is_in_force(found: dict[str, Entry]) -> None:
    common = "open Nat\nnamespace Own\nnamespace Part\nvariable (k : Nat)\n"
    assert found["Own.Part.shift"].header == common
    assert found["Own.Part.shift_more"].header == common + "universe u\nopen Classical\n"
    assert found["Own.Part.short"].header == common
    assert {entry.namespace for entry in found.values()} == {"Own.Part"}
    assert found["Own.Part.shift"].imports == ("Init", "Init.Core")


def test_the_data_set_says_where_it_comes_from(traced: Any) -> None:
    data = trace.dataset(traced, "own")
    assert data.card["revision"] == traced.repo.commit
    assert len(traced.repo.commit) == 40
    assert data.card["counts"] == {"theorems": 4, "with_proof": 3, "with_premises": 3}


def test_the_benchmark_made_of_a_trace_says_the_same(traced: Any, tmp_path: Path) -> None:
    """LeanDojo's own code, statement positions and annotations, through `import-leandojo`'s reader."""
    import json

    from stp.data.leandojo import read_corpus, read_theorem

    file = traced.traced_files[0]
    row = {"path": str(file.path), "imports": [], "premises": file.get_premise_definitions()}
    (tmp_path / "corpus.jsonl").write_text(json.dumps(row) + "\n")
    corpus = read_corpus(tmp_path / "corpus.jsonl")
    mine = {entry.name: entry for entry in trace.entries(traced)}
    for theorem in file.get_traced_theorems():
        position = {"start": list(theorem.start), "end": list(theorem.end), "traced_tactics": []}
        name = theorem.theorem.full_name
        entry = read_theorem({"file_path": str(file.path), "full_name": name, **position}, corpus, "train")
        assert entry is not None
        assert entry.statement == mine[name].statement
        assert entry.source == mine[name].source
        assert entry.namespace == "Own.Part"
