"""A model folder: `config.json`, `model.safetensors` and `tokenizer.json`, there completely or not at all.

The folders are ordinary Llama checkpoints, which transformers, vLLM and others read as they are.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError, InputError
from stp.files import write_folder
from stp.lm.prompts import END, PAD
from stp.lm.tokenizer import TOKENIZER_FILE, load_tokenizer

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
FILES = (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE)


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a Llama with tied embeddings; by default 4.75 M parameters, made for two CPU cores.

    One key-value head (multi-query attention, arXiv 1911.02150) because decoding on a CPU is bound by reading
    the cache; `ffn` is the multiple of 64 next to 8/3 hidden (SwiGLU at equal parameters, arXiv 2002.05202).
    """

    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 1
    ffn: int = 704
    max_tokens: int = 512  # context: prompt and completion together
    vocab_size: int = 2048


def new_model(config: ModelConfig, tokenizer_file: Path, out: Path, seed: int) -> None:
    """Write a randomly initialised model to the folder `out`; the same `seed` gives the same weights.

    Raises ConfigError if the shape is impossible or the tokenizer has more tokens than the model,
    InputError as `save` does.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = load_tokenizer(tokenizer_file)
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ConfigError(
            f"The tokenizer has {tokenizer.get_vocab_size()} tokens, the model only {config.vocab_size}."
        )
    if config.hidden % config.heads or config.heads % config.kv_heads or config.hidden // config.heads % 2:
        raise ConfigError(
            f"A model of width {config.hidden} cannot have {config.heads} heads over {config.kv_heads} "
            "key-value heads."
        )
    llama = LlamaConfig(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden,
        intermediate_size=config.ffn,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        num_key_value_heads=config.kv_heads,
        max_position_embeddings=config.max_tokens,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.token_to_id(END),
        pad_token_id=tokenizer.token_to_id(PAD),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(llama)
    # GPT-2's scaling of what is added to the residual stream (section 2.3 of its paper).
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                weight.div_(math.sqrt(2 * config.layers))
    save(model, tokenizer_file, out)


def save(model: LlamaForCausalLM, tokenizer_file: Path, out: Path) -> None:
    """Write `model` and its tokenizer to the folder `out`, completely or not at all.

    Raises InputError if `out` exists: a model is never overwritten.
    """
    from transformers.utils import logging

    def write(folder: Path) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model.save_pretrained(folder)
        shutil.copyfile(tokenizer_file, folder / TOKENIZER_FILE)
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": END,
            "pad_token": PAD,
            "clean_up_tokenization_spaces": False,
        }
        (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")

    write_folder(out, write)


def load(folder: Path, device: str = "cpu") -> LlamaForCausalLM:
    """The model in `folder`, in float32, ready to evaluate. Raises InputError if it is missing or damaged."""
    import torch
    from transformers import LlamaForCausalLM
    from transformers.utils import logging

    check_model(folder)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model: LlamaForCausalLM = LlamaForCausalLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
    except Exception as error:  # transformers raises whatever its parsers raise
        raise InputError(f"The model in {folder} is damaged: {error}.") from error
    model = model.eval()  # type: ignore[no-untyped-call]
    torch.nn.Module.to(model, device)  # in place; transformers' own `to` has no usable type
    return model


def read_config(folder: Path) -> dict[str, Any]:
    """`config.json` as transformers writes it. Raises InputError if it is missing or damaged."""
    check_model(folder)
    try:
        config = json.loads((folder / CONFIG_FILE).read_text())
    except ValueError as error:
        raise InputError(f"The model in {folder} is damaged: {CONFIG_FILE} is not JSON.") from error
    if not isinstance(config, dict) or config.get("model_type") != "llama":
        raise InputError(f"The model in {folder} is not a Llama.")
    return config


def model_hash(folder: Path) -> str:
    """The model's name: 16 hexadecimal digits of the SHA-256 of configuration, tokenizer and weights.

    Raises InputError if the model is missing or incomplete.
    """
    check_model(folder)
    sha = hashlib.sha256()
    for name in FILES:
        with (folder / name).open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()[:16]


def parameters(folder: Path) -> int:
    """The number of parameters, tied ones counted once. Raises InputError if missing or damaged."""
    from safetensors import SafetensorError, safe_open

    check_model(folder)
    try:
        with safe_open(folder / WEIGHTS_FILE, framework="numpy") as weights:
            return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"The model in {folder} is damaged: {error}.") from error


def check_model(folder: Path) -> None:
    """Raises InputError unless `folder` holds the files of a model."""
    if not folder.is_dir():
        raise InputError(f"There is no model folder {folder}.")
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(f"The model folder {folder} is incomplete: {', '.join(missing)} missing.")
