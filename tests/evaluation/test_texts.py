"""What proofs from elsewhere come in."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from stp.errors import InputError
from stp.evaluation.texts import Given, imports, joined, read, unfenced

WHOLE = "theorem a : 1 = 1 := rfl"


def rows(path: Path) -> tuple[list[Given], list[str]]:
    broken: list[str] = []
    return list(read(path, broken)), broken


def test_jsonl_of_statements_and_proofs_and_whole_texts(tmp_path: Path) -> None:
    file = tmp_path / "p.jsonl"
    lines = [
        '{"name": "a", "formal_statement": "theorem a : 1 = 1 := by sorry", "formal_proof": "by rfl"}',
        '{"problem_id": "b", "full_code": "theorem b : 1 = 1 := rfl"}',
        '{"theorem_name": "c", "statement": "theorem c : 1 = 1", "proof": "theorem c : 1 = 1 := rfl"}',
        '{"id": 4}',
        "{broken",
    ]
    file.write_text("\n".join(lines))
    found, broken = rows(file)
    assert found == [
        Given("p.jsonl:1", "a", "theorem a : 1 = 1", "by rfl"),
        Given("p.jsonl:2", "b", text="theorem b : 1 = 1 := rfl"),
        Given("p.jsonl:3", "c", text="theorem c : 1 = 1 := rfl"),
    ]
    assert len(broken) == 2
    assert broken[0].startswith("p.jsonl: line 4: neither a proof") and "line 5: not JSON" in broken[1]


def test_json_lists_and_texts_by_name(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text(json.dumps([{"name": "a", "code": WHOLE}, 7]))
    assert rows(file) == (
        [Given("p.json:1", "a", text=WHOLE)],
        ["p.json:2: neither a JSON object nor a text"],
    )
    file.write_text(json.dumps({"a": WHOLE, "b": {"proof": "rfl"}}))
    assert rows(file)[0] == [Given("p.json:a", "a", text=WHOLE), Given("p.json:b", "b", "", "rfl")]
    file.write_text("[")
    assert rows(file)[1] == ["p.json: neither a JSON object nor a text"]


def test_lean_files_folders_and_archives_are_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "all"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.lean").write_text(WHOLE)
    (folder / "sub" / "b.lean").write_text(WHOLE)
    (folder / "sub" / "c.jsonl").write_text(json.dumps({"name": "c", "code": WHOLE}) + "\n\n[]\n")
    (folder / "bad.lean").write_bytes(b"\xff\xfe")
    (folder / "README.md").write_text("no proofs")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    found, broken = rows(folder)
    assert [(item.name, item.text) for item in found] == [("a", WHOLE), ("b", WHOLE), ("c", WHOLE)]
    assert len(broken) == 2
    packed, packed_broken = rows(tmp_path / "all.zip")
    assert [(item.name, item.text) for item in packed] == [("a", WHOLE), ("b", WHOLE), ("c", WHOLE)]
    assert len(packed_broken) == 2


def test_what_is_no_file_of_proofs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    (tmp_path / "x.zip").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, says in (
        ("none.jsonl", "is not there"),
        ("x.txt", "of another kind"),
        ("x.zip", "no zip archive"),
        ("empty", "holds no .lean"),
    ):
        with pytest.raises(InputError, match=says):
            rows(tmp_path / name)


@pytest.mark.parametrize(
    ("statement", "proof", "expected"),
    [
        ("theorem a : p :=", "rfl", ("theorem a : p", "rfl")),
        ("theorem a : p := by", "rfl\nsimp", ("theorem a : p", "by\n  rfl\n  simp")),
        ("theorem a : p := by\n", "  rfl\n  simp\n", ("theorem a : p", "by\n  rfl\n  simp")),
        ("theorem a : p := by", "by rfl", ("theorem a : p", "by rfl")),
        ("theorem a : p := by\n  sorry", "fun x => x", ("theorem a : p", "fun x => x")),
        ("theorem a (x : Nat := 3) : p", ":= rfl", ("theorem a (x : Nat := 3) : p", " rfl")),
        ("theorem a : standby", "rfl", ("theorem a : standby", "rfl")),
    ],
)
def test_statement_and_proof_are_joined_wherever_they_were_cut(
    statement: str, proof: str, expected: tuple[str, str]
) -> None:
    assert joined(statement, proof) == expected


def test_answers_in_markdown_and_imports() -> None:
    answer = "First:\n```lean4\nold\n```\nBetter:\n```lean4\nimport Mathlib\ntheorem a\n```\n"
    assert unfenced(answer) == "import Mathlib\ntheorem a\n"
    assert unfenced(WHOLE) == WHOLE
    assert imports("-- x\nimport Mathlib.Tactic\npublic import Aesop\n") == ["Mathlib.Tactic", "Aesop"]
    assert imports("theorem important : p") == []
