"""A Lean repository traced by lean-dojo as a data set: its theorems with header, proof and premises.

`run` traces, which needs elan, git and the network; `dataset` makes entries of lean-dojo's traced objects, which may
come from its cache as well. lean-dojo is an extra: `pip install 'stp[trace]'`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stp.data.dataset import DataSet, Entry
from stp.errors import InputError, StpError

INSTALL = "pip install 'stp[trace]'"

#: What the header of a theorem is made of: commands that act until their section or namespace ends.
_IN_FORCE = {
    f"Lean.Parser.Command.{name}"
    for name in ("open", "variable", "universe", "set_option", "include", "omit")
}


class TraceError(StpError):
    """A repository cannot be traced here."""


@dataclass(frozen=True)
class Pinned:
    """A repository at one revision."""

    url: str
    revision: str


def parse(spec: str) -> Pinned:
    """What `REPO@REV` means: REPO is owner/name on GitHub or a URL. Raises InputError if it is none."""
    repo, _, revision = spec.rpartition("@")
    if re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        repo = f"https://github.com/{repo}"
    if not re.fullmatch(r"https://\S+|git@[\w.-]+:\S+", repo) or not re.fullmatch(r"[\w./-]+", revision):
        raise InputError(
            f"{spec!r} is not REPO@REV; give owner/name or an https:// URL, and after @ the commit or tag to trace, "
            "so that the data set can be made again: owner/name@v1.0"
        )
    return Pinned(repo.removesuffix("/").removesuffix(".git"), revision)


def run(pinned: Pinned, name: str, *, dependencies: bool) -> DataSet:
    """Trace the repository and make a data set of it. dependencies: trace what it depends on as well, so that
    premises from there are told from definitions; for Mathlib that is hours.

    Raises TraceError, which says what is missing or went wrong.
    """
    for tool, source in (("git", "your system"), ("lake", "elan, https://github.com/leanprover/elan")):
        if shutil.which(tool) is None:
            raise TraceError(
                f"Tracing {pinned.url} needs {tool}, which is not on the PATH; install it from {source}."
            )
    try:
        from github import GithubException
    except ModuleNotFoundError as missing:
        raise TraceError(_no_extra("lean-dojo")) from missing
    # lean-dojo states what it expects by assertions
    faults = (OSError, ValueError, RuntimeError, AssertionError, GithubException)
    try:
        # with a token in its environment, it asks GitHub who we are when it is imported
        import lean_dojo

        repo = lean_dojo.LeanGitRepo(pinned.url, pinned.revision)
        traced = lean_dojo.trace(repo, build_deps=dependencies)
    except ModuleNotFoundError as missing:
        raise TraceError(_no_extra(missing.name or "lean-dojo")) from missing
    except subprocess.CalledProcessError as error:
        raise TraceError(
            f"{pinned.url} at {pinned.revision} does not build: `{error.cmd}` failed; see its output above."
        ) from error
    except faults as error:
        raise TraceError(_refused(pinned, error)) from error
    return dataset(traced, name)


def _no_extra(module: str) -> str:
    return f"stp data trace needs {module}, which is not installed. Install it with: {INSTALL}"


def _refused(pinned: Pinned, error: Exception) -> str:
    """Why lean-dojo gave up, as one sentence."""
    status = getattr(error, "status", None)  # of a github.GithubException
    detail = " ".join(str(error).split())[:200] or type(error).__name__
    if status in (401, 403, 429):
        return (
            f"GitHub refused the request (HTTP {status}); set GITHUB_ACCESS_TOKEN to a valid personal access token "
            "without scopes: it only raises the limit on requests an hour."
        )
    if status == 404:
        return f"GitHub has no repository {pinned.url} that everybody can read."
    if isinstance(error, OSError):  # requests' exceptions are
        return f"{pinned.url} cannot be reached ({detail}); tracing needs the network."
    return f"lean-dojo cannot trace {pinned.url} at {pinned.revision}: {detail}"


# --- from traced objects to entries -----------------------------------------------------------------------


def dataset(traced: Any, name: str) -> DataSet:
    """The data set of a `lean_dojo.TracedRepo`. Raises TraceError if it has no theorem of its own."""
    found = tuple(entries(traced))
    if not found:
        raise TraceError(f"No theorem was found in {traced.repo.url} at {traced.repo.commit}.")
    card = {
        "title": traced.repo.name,
        "home": traced.repo.url,
        "revision": traced.repo.commit,
        "lean": traced.repo.lean_version,
        "note": "Traced with lean-dojo; nothing has checked the proofs in this environment.",
        "counts": {
            "theorems": len(found),
            "with_proof": sum(bool(entry.proof) for entry in found),
            "with_premises": sum(bool(entry.premises) for entry in found),
        },
    }
    return DataSet(name, found, card)


def entries(traced: Any) -> Iterator[Entry]:
    """The theorems of a `lean_dojo.TracedRepo`'s own files, in the order of files and lines."""
    from lean_dojo.constants import LEAN4_PACKAGES_DIR

    theorems, others = _declared(traced)
    whole = traced.traced_files_graph is not None  # its dependencies were traced, too
    taken: set[str] = set()
    own = [file for file in traced.traced_files if not file.path.is_relative_to(LEAN4_PACKAGES_DIR)]
    for file in sorted(own, key=lambda file: str(file.path)):
        imports = tuple(sorted(module for module, _ in file.get_direct_dependencies(traced.repo)))
        contexts = _contexts(file)
        for theorem in file.get_traced_theorems():
            name, source = theorem.theorem.full_name, f"{file.path}:{theorem.start.line_nb}"
            statement, proof = _texts(theorem)
            header, namespace = contexts[tuple(theorem.start)]
            used = dict.fromkeys(_named(theorem))
            yield Entry(
                name=name if name not in taken else f"{name}@{source}",  # private ones of two files
                statement=statement,
                header=header,
                imports=imports,
                namespace=namespace,
                proof=proof,
                premises=tuple(
                    p for p in used if p != name and (p in theorems or not (whole or p in others))
                ),
                forbid=(name,),
                source=source,
            )
            taken.add(name)


def _declared(traced: Any) -> tuple[set[str], set[str]]:
    """Full names of the theorems, and of the other declarations, in all traced files."""
    from lean_dojo.data_extraction.ast import is_potential_premise_lean4

    theorems: set[str] = set()
    others: set[str] = set()

    def look(node: Any, _: Any) -> None:
        if is_potential_premise_lean4(node) and isinstance(node.full_name, str):
            kind = type(node).__name__
            is_theorem = "Lemma" in kind or (kind == "CommandDeclarationNode" and node.is_theorem)
            (theorems if is_theorem else others).add(node.full_name)

    for file in traced.traced_files:
        file.traverse_preorder(look, node_cls=None)
    return theorems, others


def _texts(theorem: Any) -> tuple[str, str]:
    """Head and proof as they are written. A proof by `|` cases, by `where` or with local declarations behind it is
    no term that can follow `:=`, and none is returned."""
    from lean_dojo.data_extraction import ast

    parts = theorem.ast.children
    head = theorem.ast
    if not isinstance(head, ast.CommandTheoremNode):  # `lemma`: modifiers, then the rest as a group
        head, parts = parts[1], parts[1].children
    value, text = parts[3], theorem.traced_file.lean_file
    statement = re.sub(r"^lemma\b", "theorem", text[head.start : value.start].strip())
    proof = theorem.get_proof_node()
    if not isinstance(value, ast.CommandDeclvalsimpleNode) or proof.end != value.end:
        return statement, ""
    return statement, _block(text[proof.start : proof.end], proof.start.column_nb - 1, text, proof.start)


def _block(part: str, indent: int, text: Any, start: Any) -> str:
    """A part of a source; if it begins a line, its lines keep their columns in relation to each other."""
    line_start = type(start)(start.line_nb, 1)
    if indent == 0 or text[line_start:start].strip():
        return part
    first, *rest = part.split("\n")
    return "\n".join([first, *(row[indent:] if not row[:indent].strip() else row for row in rest)])


def _named(theorem: Any) -> list[str]:
    """Full names of the constants that the proof's text names, as Lean resolved them."""
    from lean_dojo.data_extraction.ast import IdentNode

    names: list[str] = []

    def look(node: Any, _: Any) -> None:
        if isinstance(node, IdentNode) and isinstance(node.full_name, str):
            names.append(node.full_name)

    theorem.get_proof_node().traverse_preorder(look, node_cls=None)
    return names


def _contexts(file: Any) -> dict[tuple[int, int], tuple[str, str]]:
    """Where a theorem starts → the commands in force there, as a header, and the namespace that they open."""
    from lean_dojo.data_extraction import ast

    kinds = (ast.CommandTheoremNode, ast.LemmaNode, ast.MathlibTacticLemmaNode)
    found: dict[tuple[int, int], tuple[str, str]] = {}
    scopes: list[tuple[str, list[str]]] = [("", [])]  # (namespace, or "" for a section; commands)

    def enter(node: Any, parents: list[Any]) -> bool:
        if not isinstance(node, kinds):
            return False
        declaration = next((p for p in parents if isinstance(p, ast.CommandDeclarationNode)), node)
        command = parents[1] if len(parents) > 1 else node
        before = file.lean_file[command.start : declaration.start]  # `open Nat in`
        lines = [line for name, texts in scopes for line in ([f"namespace {name}"] if name else []) + texts]
        lines += [part.strip() for part in re.split(r"\s+in(?=\s|$)", before) if part.strip()]
        header = "".join(line + "\n" for line in lines)
        found[tuple(node.start)] = header, ".".join(name for name, _ in scopes if name)
        return True

    for command in file.ast.children:
        if isinstance(command, ast.CommandNamespaceNode):
            scopes += [(part, []) for part in command.name.split(".")]
        elif isinstance(command, ast.CommandSectionNode | ast.CommandNoncomputablesectionNode):
            scopes += [("", []) for _ in (command.name or "section").split(".")]
        elif isinstance(command, ast.CommandEndNode):
            del scopes[max(1, len(scopes) - len((command.name or "end").split("."))) :]
        elif getattr(command, "kind", "") in _IN_FORCE:
            scopes[-1][1].append(file.lean_file[command.start : command.end])
        else:
            command.traverse_preorder(enter, None, [file.ast])
    return found
