from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from stp import paths
from stp.errors import ConfigError
from stp.lean.pool import LeanPool
from stp.lm import formats, lean_text
from stp.lm.formats import Format
from stp.records import Check, head_of

ADD = "(a b : Nat) : a + b = b + a"
LEMMA = "Nat.add_comm (n m : Nat) : n + m = m + n"
EVERY = ("chat", "deepseek-prover-v1.5", "goedel-prover-v2", "kimina-prover", "stp", "stp-paper")
TACTICS_ONLY = ("deepseek-prover-v1.5", "stp-paper")


@pytest.fixture(params=EVERY)
def each(request: pytest.FixtureRequest) -> Format:
    return formats.load(request.param)


def corpus() -> list[tuple[str, str, str]]:
    """Name, rest and proof of the theorems of the seed library and of the good proofs, cut without Lean."""
    found = []
    files = [*paths.shipped("data/seeds/Seed").glob("*.lean"), *paths.shipped("tests/good").glob("*.lean")]
    for file in sorted(files):
        text = file.read_text(encoding="utf-8")
        tokens = lean_text.tokens(text)
        for theorem, _ in lean_text.theorems(tokens):
            proof = lean_text.proof_text(text, tokens, theorem)
            if proof is not None:
                rest = text[tokens[theorem.head].start : tokens[theorem.head_end - 1].end]
                found.append((tokens[theorem.head - 1].text, rest, proof))
    return found


# --- what the models read and write


def test_every_format_is_shipped():
    assert formats.names() == sorted(EVERY)


def test_the_prompt_of_deepseek_is_the_published_one():
    """`non_cot_prompt`: opening, header, the statement with `:= by` and the end of its line."""
    assert formats.load("deepseek-prover-v1.5").prover_prompt(ADD) == (
        "Complete the following Lean 4 code:\n\n```lean4\nimport Mathlib\nimport Aesop\n\nset_option maxHeartbeats 0\n\n"
        f"open BigOperators Real Nat Topology Rat\n\ntheorem t {ADD} := by\n"
    )


def test_the_prompts_of_the_paper_are_those_of_its_code():
    paper = formats.load("stp-paper")
    opening = (
        "Complete the following Lean 4 code:\n\n```lean4\nimport Mathlib\nimport Aesop\nset_option maxHeartbeats 0\n"
        "open BigOperators Real Nat Topology Rat\n\n"
    )
    assert paper.prover_prompt(ADD) == f"{opening}theorem t {ADD} := by"
    assert paper.prover_completion(ADD, "by\n  omega") == "\n  omega\n```"
    proof = "by rw [Nat.add_comm]"
    prompt = paper.conjecturer_prompt(LEMMA, ADD, proof)
    assert prompt == (
        f"{opening}<lemma>\ntheorem {LEMMA}\n<easy theorem>\ntheorem t {ADD} := {proof}\n<hard theorem>\ntheorem"
    )
    assert prompt + paper.conjecturer_completion(": 2 = 2") == (
        f"{prompt[: -len('theorem')]}theorem t : 2 = 2\n</hard theorem>"
    )


def test_the_prompt_of_goedel_is_the_published_one():
    goedel = formats.load("goedel-prover-v2")
    assert goedel.chat == formats.Chat("")
    assert goedel.prover_prompt(ADD) == (
        "Complete the following Lean 4 code:\n\n```lean4\nimport Mathlib\nimport Aesop\n\nset_option maxHeartbeats 0\n\n"
        f"open BigOperators Real Nat Topology Rat\n\n\ntheorem t {ADD} := by\n  sorry```\n\n"
        "Before producing the Lean 4 code to formally prove the given theorem, provide a detailed proof plan outlining "
        "the main proof steps and strategies.\nThe plan should highlight key ideas, intermediate lemmas, and proof "
        "structures that will guide the construction of the final formal proof."
    )


def test_the_prompt_of_kimina_is_the_published_one():
    kimina = formats.load("kimina-prover")
    assert kimina.chat == formats.Chat("You are an expert in mathematics and Lean 4.")
    assert kimina.prover_prompt(ADD) == (
        "Think about and solve the following problem step by step in Lean 4.\n"
        f"# Problem:theorem t {ADD} := by\n# Formal statement:\n```lean4\nimport Mathlib\nimport Aesop\n\n"
        "set_option maxHeartbeats 0\n\nopen BigOperators Real Nat Topology Rat\n\n"
        f"theorem t {ADD} := by\n\n```\n"
    )


def test_a_comment_behind_a_statement_does_not_swallow_its_sign(each: Format):
    prompt = each.prover_prompt(": 1 = 1 -- clear")
    assert "-- clear :=" not in prompt
    assert each.name == "stp" or ": 1 = 1 := by" in prompt


def test_conjecturers_see_lemma_and_seed(each: Format):
    prompt = each.conjecturer_prompt(LEMMA, ADD, "by\n  omega")
    assert LEMMA in prompt and ADD in prompt and "by\n  omega" in prompt
    assert each.name == "stp" or f"theorem t {ADD} := by\n  omega" in prompt


@pytest.mark.parametrize("name", [name for name in EVERY if name != "stp"])
def test_a_fence_in_a_part_is_refused(name: str):
    fenced = "by\n  -- ```\n  simp"
    with pytest.raises(ValueError, match="```"):
        formats.load(name).prover_completion(ADD, fenced)
    with pytest.raises(ValueError, match="```"):
        formats.load(name).conjecturer_prompt(LEMMA, ADD, fenced)


# --- what is written reads back


def test_every_proof_reads_back(each: Format):
    kept = 0
    for _, rest, proof in (theorems := corpus()):
        if each.name in TACTICS_ONLY and proof.startswith("where"):
            with pytest.raises(ValueError, match="tactic proofs only"):
                each.prover_completion(rest, proof)
            continue
        read = each.proof_of(rest, each.prover_completion(rest, proof), False)
        if each.name in TACTICS_ONLY:
            assert read is not None and read.startswith("by")
            assert each.proof_of(rest, each.prover_completion(rest, read), False) == read
            kept += read == proof
        else:
            assert read == (proof.strip() if each.name == "stp" else proof)
            kept += 1
    assert len(theorems) > 1900 and kept > 1000


def test_every_statement_reads_back(each: Format):
    for _, rest, _ in corpus():
        assert each.conjecture_of(each.conjecturer_completion(rest), False) == rest


#: Layouts that the libraries do not have; each as the tactics-only formats hold it, if differently.
LAYOUTS = [
    ("let x := 5\nfoo x", "by\n  exact\n    let x := 5\n    foo x"),
    ("fun h =>\n  have := h\n  this", "by\n  exact\n    fun h =>\n      have := h\n      this"),
    ("fun h => have := h\n  this", "by\n  exact\n    fun h => have := h\n      this"),
    ("by simp\n   exact h", "by\n   simp\n   exact h"),
    ("by\nsimp\nexact h", None),
    ("-- why\nby simp", "by\n  exact\n    -- why\n    by simp"),
    ("by\n  simp -- done", None),
    ("by\n  simp\n\n  /- a comment\nat the margin -/\n  exact h", None),
    ("| 0 => rfl\n| n + 1 => by simp", "by\n  exact @fun\n    | 0 => rfl\n    | n + 1 => by simp"),
    (
        "aux n\nwhere\n  aux (n : Nat) : n = n := rfl",
        "by\n  exact\n    aux n\n    where\n      aux (n : Nat) : n = n := rfl",
    ),
    ("by\n  cases n\n  · rfl\n  · exact t\ntermination_by n", None),
]


@pytest.mark.parametrize(("proof", "tactics"), LAYOUTS)
def test_columns_are_kept(each: Format, proof: str, tactics: str | None):
    rest = "(n : Nat) (h : n = n := rfl) : let x := n; x = n"
    held = tactics if each.name in TACTICS_ONLY and tactics else proof
    assert each.proof_of(rest, each.prover_completion(rest, proof), False) == held


def test_a_one_line_proof_gets_its_own_line_where_the_prompt_has_ended_it():
    assert formats.load("deepseek-prover-v1.5").prover_completion(ADD, "by omega") == "  omega\n```"
    assert formats.load("stp-paper").prover_completion(ADD, "by omega") == " omega\n```"
    assert (
        formats.load("stp-paper").prover_completion(ADD, "Nat.add_comm a b")
        == "\n  exact Nat.add_comm a b\n```"
    )


# --- plain continuations


@pytest.mark.parametrize("name", TACTICS_ONLY)
@pytest.mark.parametrize(
    ("text", "truncated", "proof"),
    [
        ("\n  omega\n```\n\nThis is so because", True, "by\n  omega"),
        ("\n  omega\n", False, "by\n  omega"),
        ("\n  omega", True, None),
        ("\n  omega\n\nend Foo\n", False, "by\n  omega"),
        ("\n  simp\n  omega\n\n/-- next -/\ntheorem u : 1 = 1 := by\n  rfl\n", False, "by\n  simp\n  omega"),
        ("\n  omega\n#check t\n", False, "by\n  omega"),
        ("", False, None),
        ("\n```", False, None),
        ("\ntheorem u : 1 = 1 := rfl", False, None),
    ],
)
def test_a_continuation_ends_at_the_fence_or_the_next_command(
    name: str, text: str, truncated: bool, proof: str | None
):
    if name == "deepseek-prover-v1.5":
        text = text.removeprefix("\n")
    assert formats.load(name).proof_of(ADD, text, truncated) == proof


@pytest.mark.parametrize(
    ("text", "truncated", "rest"),
    [
        (" t (a : Nat) : a = a\n</hard theorem>\n```", True, "(a : Nat) : a = a"),
        (" add_thing (a : Nat) :\n    a = a", False, "(a : Nat) :\n    a = a"),
        ("theorem x : 1 = 1", False, ": 1 = 1"),
        (
            " x (h : 1 = 1 := rfl) : let y := 5; y = 5 := by\n  rfl",
            False,
            "(h : 1 = 1 := rfl) : let y := 5; y = 5",
        ),
        (" x : ∀ n : Nat, n = n\n  | 0 => rfl", False, ": ∀ n : Nat, n = n"),
        (" x (a : Nat) : a =", True, None),
        (" x", False, None),
        ("", False, None),
    ],
)
def test_conjectures_of_the_paper(text: str, truncated: bool, rest: str | None):
    assert formats.load("stp-paper").conjecture_of(text, truncated) == rest


# --- hostile text

FRAGMENTS = [
    *"`'\"«»()[]{}⟨⟩|.:=@#-/\\\n\t ",
    *[
        "```",
        "```lean4\n",
        "\n```\n",
        "```tactics\n",
        "/-",
        "-/",
        "--",
        ":=",
        'r#"',
        "<think>",
        "</think>",
        "<end>",
    ],
    *[
        "theorem ",
        "theorem t ",
        "lemma x ",
        "example",
        " : ",
        ADD,
        " := by",
        "by\n  simp",
        "let x := 1",
        "where",
        "\n| ",
    ],
    *[
        "</hard theorem>",
        "sorry",
        "match",
        "end",
        "termination_by",
        "λ",
        "ℕ",
        "«a b»",
        "\\",
        "\0",
        "\r\n",
        "\u2028",
        "😀",
    ],
]


@pytest.mark.parametrize("seed", range(8))
def test_no_text_raises(seed: int):
    draw = random.Random(seed)
    every = [formats.load(name) for name in EVERY]
    for _ in range(150):
        text = "".join(draw.choice(FRAGMENTS) for _ in range(draw.randrange(60)))
        for each in every:
            for truncated in (False, True):
                for read in (each.proof_of(ADD, text, truncated), each.conjecture_of(text, truncated)):
                    assert read is None or read.strip()


@pytest.mark.parametrize("seed", range(8))
def test_a_completion_reads_back_or_is_refused(seed: int):
    """Whatever the statement and the proof."""
    draw = random.Random(seed)
    every = [formats.load(name) for name in EVERY if name not in (*TACTICS_ONLY, "stp")]
    held = 0
    for _ in range(200):
        rest, proof = ("".join(draw.choice(FRAGMENTS) for _ in range(draw.randrange(1, 8))) for _ in range(2))
        for each in every:
            try:
                completion = each.prover_completion(rest, proof)
            except ValueError:
                continue
            read = each.proof_of(rest, completion, False)
            assert read is not None and read.strip() == proof.strip()
            held += 1
    assert held > 100


# --- files of the user's own

OWN = """
stop = ["QED"]
[prover]
prompt = "Prove {rest}:"
completion = "{proof} QED"
[conjecturer]
prompt = "{lemma} / {seed}"
completion = "{rest} QED"
"""


def write(folder: Path, text: str) -> str:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_format_of_ones_own(tmp_path: Path):
    mine = formats.load(write(tmp_path, OWN))
    assert mine.name == "mine" and mine.stop == ("QED",) and mine.chat is None
    assert mine.prover_prompt(ADD) == f"Prove {ADD}:"
    assert mine.proof_of(ADD, mine.prover_completion(ADD, "by omega"), True) == "by omega"
    with pytest.raises(ValueError, match="QED"):
        mine.prover_completion(ADD, "by QED")


def test_braces_of_lean_in_parts_and_header_are_left_alone(tmp_path: Path):
    own = 'header = "variable {rest : Nat}"\n' + OWN.replace("Prove {rest}:", "{header} {rest}:")
    mine = formats.load(write(tmp_path, own))
    assert mine.prover_prompt("{header : Nat} : header = header") == (
        "variable {rest : Nat} {header : Nat} : header = header:"
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"Prove', "Prove", "not valid TOML"),
        ("stop =", "stops =", "unknown key 'stops'; the nearest valid one is 'stop'"),
        ("[conjecturer]\nprompt", "[conjecturer]\nprompts", "conjecturer.prompt"),
        ('completion = "{proof} QED"', "", "lacks the key 'prover.completion'"),
        ('stop = ["QED"]', "stop = 3", "stop is not valid"),
        ("Prove {rest}", "Prove it", r"prover.prompt must hold one of \{head\} or \{rest\} or \{statement\}"),
        ("{proof} QED", "{proof}{tactics} QED", r"must hold exactly one of \{proof\}"),
        ("{proof} QED", "{prof} QED", r"prover.completion has an unknown placeholder \{prof\}"),
        ("{proof} QED", "{tactics} QED", "prover.prompt must end in `by`"),
        ("{proof} QED", "{theorem}", r"must put \{theorem\} into a fenced block"),
        ("{lemma} / {seed}", "{seed}", r"conjecturer.prompt must hold \{lemma\}"),
        ("{lemma} / {seed}", "{lemma}", r"conjecturer.prompt must hold one of \{seed\}"),
    ],
)
def test_a_bad_file_gets_a_sentence(tmp_path: Path, old: str, new: str, says: str):
    assert old in OWN
    with pytest.raises(ConfigError, match=says) as caught:
        formats.load(write(tmp_path, OWN.replace(old, new, 1)))
    assert "\n" not in str(caught.value) and "mine.toml" in str(caught.value)


def test_what_is_not_there_gets_a_sentence(tmp_path: Path):
    with pytest.raises(ConfigError, match="no format 'goedel'; the nearest is 'goedel-prover-v2'"):
        formats.load("goedel")
    with pytest.raises(ConfigError, match="cannot be read"):
        formats.load(str(tmp_path / "none.toml"))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not valid TOML"):
        formats.load(str(binary))


# --- Lean's word


@pytest.mark.lean
@pytest.mark.parametrize("name", TACTICS_ONLY)
def test_lean_accepts_tactic_blocks_in_the_place_of_proofs(pool: LeanPool, name: str):
    """Terms, equations and one-line proofs of the libraries, as they come back out of a tactics-only format."""
    each = formats.load(name)
    turned = []
    for own_name, rest, proof in corpus():
        if not proof.startswith("where"):
            read = each.proof_of(rest, each.prover_completion(rest, proof), False)
            if read != proof:
                # under its own name, since some call themselves
                turned.append(
                    (
                        proof,
                        Check(own_name, head_of(rest).replace("theorem t", f"theorem {own_name}", 1), read),
                    )
                )
    draw = random.Random(3)
    equations = [check for proof, check in turned if proof.startswith("|")]
    several = [check for proof, check in turned if "\n" in proof and not proof.startswith("|")]
    single = [check for proof, check in turned if "\n" not in proof]
    jobs = [check for kind in (equations, several, single) for check in draw.sample(kind, 12)]
    assert {job.id: (v.outcome, job.proof) for job, v in pool.check(jobs) if not v.proved} == {}


@pytest.mark.lean
def test_lean_reads_the_same_statements(pool: LeanPool):
    """The heads that are cut without Lean are those of Lean's own parser, and elaborate."""
    draw = random.Random(4)
    heads = [head_of(rest) for _, rest, _ in draw.sample(corpus(), 60)]
    for head, info in zip(heads, pool.statements(heads), strict=True):
        assert not isinstance(info, str), (head, info)


def test_the_documentation_names_every_format_and_placeholder():
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    for name in EVERY:
        assert f"`{name}`" in text
    for slot in (
        "head",
        "rest",
        "statement",
        "proof",
        "tactics",
        "theorem",
        "lemma",
        "seed",
        "seed_rest",
        "seed_proof",
        "header",
    ):
        assert re.search(rf"`{{{slot}}}`", text), slot


def test_the_example_of_the_documentation_is_a_format(tmp_path: Path):
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    example = text.partition("    # my-prover.toml\n")[2].partition("\n\nA single-quoted")[0]
    mine = formats.load(write(tmp_path, "\n".join(line.removeprefix("    ") for line in example.split("\n"))))
    assert mine.prover_prompt(": 1 = 1") == "```lean4\nimport Mathlib\n\ntheorem t : 1 = 1 := by\n"
    assert mine.proof_of(": 1 = 1", mine.prover_completion(": 1 = 1", "rfl"), False) == "by\n  exact rfl"
    assert mine.conjecture_of(mine.conjecturer_completion(": 1 = 1"), False) == ": 1 = 1"


# --- the beginning of a conjecture


@pytest.mark.parametrize(
    ("rest", "given"),
    [
        ("(n : Nat) (h : 0 < n) : n ≠ 0", "(n : Nat) (h : 0 < n) :"),
        (" {α : Type u} [Inhabited α] (f : α → (x : Nat) → α) : ∃ x : α, x = x", None),
        (".{u} (α : Type u) : α = α", ".{u} (α : Type u) :"),
        ("(x : Nat := 2) -- a : b\n : x = x", "(x : Nat := 2) -- a : b\n :"),
        (": ∀ n : Nat, n = n", ""),
        ("no colon (a : b)", ""),
    ],
)
def test_hypotheses_end_with_the_colon_before_the_conclusion(rest: str, given: str | None):
    expected = "{α : Type u} [Inhabited α] (f : α → (x : Nat) → α) :" if given is None else given
    assert lean_text.hypotheses(rest) == expected


@pytest.mark.parametrize("name", EVERY)
def test_a_conjecture_may_be_begun(name: str):
    layout, given = formats.load(name), "(n : Nat) (h : 0 < n) :"
    if layout.chat:
        with pytest.raises(ValueError, match="cannot be begun"):
            layout.conjecturer_opening(given)
        return
    opening = layout.conjecturer_opening(given)
    whole = layout.conjecturer_completion(f"{given} n ≠ 0")
    assert whole.startswith(opening)
    assert opening.endswith(given)
    assert layout.conjecture_of(whole, False) == f"{given} n ≠ 0"
