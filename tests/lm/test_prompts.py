from __future__ import annotations

import subprocess
import sys

import pytest

from stp.lm import prompts


def test_formats():
    assert prompts.prover_prompt(" : 1 = 1 ") == "<theorem>: 1 = 1<proof>"
    assert prompts.prover_completion("by rfl") == "by rfl<end>"
    assert (
        prompts.conjecturer_prompt(prompts.TRIVIAL_LEMMA, " : 1 = 1", "by rfl")
        == "<lemma>true : True<seed>: 1 = 1<proof>by rfl<conjecture>"
    )
    assert prompts.conjecturer_completion(" : 2 = 2") == ": 2 = 2<end>"


def test_completion_is_parsed_back():
    proof = "by\n  intro h\n  exact ⟨h.2, h.1⟩"
    assert prompts.parse_completion(prompts.prover_completion(proof)) == proof


@pytest.mark.parametrize("text", ["by rfl", "", "<end>", " \n <end>", "by <proof> rfl<end>", "<pad>x<end>"])
def test_unusable_completion_is_none(text: str):
    assert prompts.parse_completion(text) is None


def test_text_after_the_end_is_ignored():
    assert prompts.parse_completion("by rfl \n<end><theorem>") == "by rfl"


@pytest.mark.parametrize("token", prompts.SPECIAL_TOKENS)
def test_no_part_can_smuggle_a_tag(token: str):
    bad = f"x {token} y"
    for make in (
        lambda: prompts.prover_prompt(bad),
        lambda: prompts.prover_completion(bad),
        lambda: prompts.conjecturer_completion(bad),
        lambda: prompts.conjecturer_prompt(bad, "s", "p"),
        lambda: prompts.conjecturer_prompt("l", bad, "p"),
        lambda: prompts.conjecturer_prompt("l", "s", bad),
    ):
        with pytest.raises(ValueError, match=token):
            make()


def test_light_modules_import_no_torch():
    code = "import sys, stp.lm.prompts, stp.lm.sampler, stp.lm.trainer; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
