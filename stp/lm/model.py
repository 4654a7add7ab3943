"""A model folder: `config.json`, `tokenizer.json` and weights in safetensors, there completely or not at all.

The folders are ordinary checkpoints, which transformers, vLLM and others read as they are. Those that stp writes
also hold `format.toml`: how roles are put into text for this model.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError, InputError
from stp.files import write_folder
from stp.lm.prompts import END, PAD
from stp.lm.tokenizer import TOKENIZER_FILE, load_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"  # of weights in several files
FORMAT_FILE = "format.toml"

#: What goes with weights when they are trained further: everything but weights that a checkpoint may hold.
COMPANIONS = (
    TOKENIZER_FILE,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
    "chat_template.jinja",
    "generation_config.json",
    FORMAT_FILE,
)


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
    with tempfile.TemporaryDirectory() as companions:
        shutil.copyfile(tokenizer_file, Path(companions) / TOKENIZER_FILE)
        settings = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": END,
            "pad_token": PAD,
            "clean_up_tokenization_spaces": False,
        }
        (Path(companions) / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
        save(model, Path(companions), out)


def save(model: PreTrainedModel, companions: Path, out: Path) -> None:
    """Write `model`, and what goes with it from the folder `companions`, to the folder `out`, completely or not at all.

    Raises InputError if `out` exists: a model is never overwritten.
    """
    from transformers.utils import logging

    def write(folder: Path) -> None:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model.save_pretrained(folder)
        copy_companions(companions, folder)

    write_folder(out, write)


def copy_companions(source: Path, target: Path) -> None:
    """Copy what goes with the weights in `source`, where it is there."""
    for name in COMPANIONS:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def load(folder: Path, device: str = "cpu", dtype: str = "float32") -> PreTrainedModel:
    """The causal language model in `folder`, ready to evaluate. dtype: of its weights; "auto": as they are stored.

    Raises InputError if it is missing or damaged.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    check_model(folder)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            folder, dtype="auto" if dtype == "auto" else getattr(torch, dtype), local_files_only=True
        )
    except Exception as error:  # transformers raises whatever its parsers raise
        raise InputError(f"The model in {folder} is damaged: {error}.") from error
    model = model.eval()  # type: ignore[no-untyped-call]
    torch.nn.Module.to(model, device)  # in place; transformers' own `to` has no usable type
    return model


def device(name: str | None = None) -> torch.device:
    """The device of this name, by default the GPU if there is one."""
    import torch

    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))


def read_config(folder: Path) -> dict[str, Any]:
    """`config.json` as transformers writes it. Raises InputError if it is missing or damaged."""
    check_model(folder)
    config = _json(folder, CONFIG_FILE)
    if not isinstance(config.get("max_position_embeddings"), int):
        raise InputError(
            f"The model in {folder} is no language model of a known length (max_position_embeddings)."
        )
    return config


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: one, or those that the index names. Raises InputError if one is missing."""
    names = [WEIGHTS_FILE]
    if (folder / INDEX_FILE).is_file():
        names = sorted(set(_json(folder, INDEX_FILE).get("weight_map", {}).values()))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing or not names:
        raise InputError(
            f"The model folder {folder} is incomplete: {', '.join(missing) or 'weights'} missing."
        )
    return [folder / name for name in names]


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        table = json.loads((folder / name).read_text())
    except ValueError as error:
        raise InputError(f"The model in {folder} is damaged: {name} is not JSON.") from error
    if not isinstance(table, dict):
        raise InputError(f"The model in {folder} is damaged: {name} is not a table.")
    return table


def model_hash(folder: Path) -> str:
    """The model's name: 16 hexadecimal digits of the SHA-256 of configuration, tokenizer and weights.

    Raises InputError if the model is missing or incomplete.
    """
    check_model(folder)
    sha = hashlib.sha256()
    for path in (folder / CONFIG_FILE, folder / TOKENIZER_FILE, *weight_files(folder)):
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()[:16]


def parameters(folder: Path) -> int:
    """The number of parameters, tied ones counted once. Raises InputError if missing or damaged."""
    from safetensors import SafetensorError, safe_open

    check_model(folder)
    count = 0
    try:
        for file in weight_files(folder):
            with safe_open(file, framework="numpy") as weights:
                count += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    except SafetensorError as error:
        raise InputError(f"The model in {folder} is damaged: {error}.") from error
    return count


def check_model(folder: Path) -> None:
    """Raises InputError unless `folder` holds the files of a model."""
    if not folder.is_dir():
        raise InputError(f"There is no model folder {folder}.")
    missing = [name for name in (CONFIG_FILE, TOKENIZER_FILE) if not (folder / name).is_file()]
    if missing:
        raise InputError(f"The model folder {folder} is incomplete: {', '.join(missing)} missing.")
    weight_files(folder)
