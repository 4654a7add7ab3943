from __future__ import annotations

import subprocess
import sys

import pytest

from stp.lm import formats, prompts

NATIVE = formats.load("stp")


def test_the_native_format_is_tags():
    assert NATIVE.prover_prompt(" : 1 = 1 ") == "<theorem>: 1 = 1<proof>"
    assert NATIVE.prover_completion(": 1 = 1", "by rfl") == "by rfl<end>"
    assert (
        NATIVE.conjecturer_prompt(prompts.TRIVIAL_LEMMA, " : 1 = 1", "by rfl")
        == "<lemma>true : True<seed>: 1 = 1<proof>by rfl<conjecture>"
    )
    assert NATIVE.conjecturer_completion(" : 2 = 2") == ": 2 = 2<end>"
    assert set(NATIVE.reserved) == set(prompts.SPECIAL_TOKENS)
    assert NATIVE.chat is None


def test_completion_is_read_back():
    proof = "by\n  intro h\n  exact ⟨h.2, h.1⟩"
    assert NATIVE.proof_of("", NATIVE.prover_completion("", proof), True) == proof


@pytest.mark.parametrize("text", ["by rfl", "", "<end>", " \n <end>", "by <proof> rfl<end>", "<pad>x<end>"])
def test_unusable_completion_is_none(text: str):
    assert NATIVE.proof_of("", text, True) is None
    assert NATIVE.conjecture_of(text, True) is None


def test_text_after_the_end_is_ignored():
    assert NATIVE.proof_of("", "by rfl \n<end><theorem>", True) == "by rfl"
    assert NATIVE.conjecture_of(": 2 = 2<end> more", True) == ": 2 = 2"


def test_a_sample_that_ended_by_itself_needs_no_tag():
    assert NATIVE.proof_of("", "by omega\n", False) == "by omega"
    assert NATIVE.conjecture_of(": 2 = 2", False) == ": 2 = 2"
    assert NATIVE.proof_of("", "by <pad> omega", False) is None


@pytest.mark.parametrize("token", prompts.SPECIAL_TOKENS)
def test_no_part_can_smuggle_a_tag(token: str):
    bad = f"x {token} y"
    for make in (
        lambda: NATIVE.prover_prompt(bad),
        lambda: NATIVE.prover_completion("", bad),
        lambda: NATIVE.conjecturer_completion(bad),
        lambda: NATIVE.conjecturer_prompt(bad, "s", "p"),
        lambda: NATIVE.conjecturer_prompt("l", bad, "p"),
        lambda: NATIVE.conjecturer_prompt("l", "s", bad),
    ):
        with pytest.raises(ValueError, match=token):
            make()


def test_light_modules_import_no_torch():
    code = "import sys, stp.lm.prompts, stp.lm.sampler, stp.lm.trainer; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
