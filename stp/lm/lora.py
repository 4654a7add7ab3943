"""LoRA (arXiv 2106.09685) through peft, which is an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

#: The command that a missing peft is answered with; it brings accelerate. By name, for `stp` itself may have been
#: installed from anywhere.
INSTALL = 'pip install "accelerate>=1.0" "peft>=0.15"'


def attach(model: PreTrainedModel, rank: int, alpha: int, seed: int) -> Any:
    """The model with trainable matrices of `rank` beside all its linear layers but the head; the rest is frozen.

    They add alpha / rank times their product, nothing at the start; alpha 0 stands for twice the rank. They are
    float32, whatever the model is; the same `seed` gives the same ones. Raises ConfigError if peft is missing.
    """
    import torch

    try:
        from peft import LoraConfig, get_peft_model
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"LoRA needs {missing.name}, which is not installed. Install it with: {INSTALL}"
        ) from missing
    config = LoraConfig(
        r=rank, lora_alpha=alpha or 2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return get_peft_model(model, config)


def merge(model: Any) -> PreTrainedModel:
    """The ordinary model that computes the same as one of `attach`."""
    merged: PreTrainedModel = model.merge_and_unload()
    return merged
