"""Byte-level BPE: every text is a sequence of bytes, so none is unknown, and all but `NOTATIONS` round-trip."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stp.errors import ConfigError, InputError
from stp.lm.prompts import SPECIAL_TOKENS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: The file's name in a model folder; transformers and vLLM expect it.
TOKENIZER_FILE = "tokenizer.json"

#: Notations that a small model reads as what they stand for: benchmarks write ℕ, Lean's core library Nat.
NOTATIONS = {"ℕ": "Nat", "ℤ": "Int", "ℚ": "Rat"}


def train_tokenizer(texts: Iterable[str], vocab_size: int, out: Path) -> None:
    """Learn merges from `texts` and write them to the file `out`. The same texts give the same bytes.

    `vocab_size` counts the special tokens and the 256 bytes; a small corpus can yield fewer tokens.
    Special tokens in `texts` are boundaries and are not learnt from. Raises ConfigError if `vocab_size`
    cannot hold the alphabet.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    least = 256 + len(SPECIAL_TOKENS)
    if vocab_size < least:
        raise ConfigError(f"The vocabulary needs at least {least} tokens, not {vocab_size}.")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Replace(a, b) for a, b in NOTATIONS.items()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    # A special token would otherwise be cut into characters and learnt a second time, as a merge.
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    tokenizer.train_from_iterator(texts, trainer)
    out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out))


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of the model folder `folder`, or of the file `folder` itself.

    Raises InputError if there is none, or none that can be read.
    """
    from tokenizers import Tokenizer

    file = folder / TOKENIZER_FILE if folder.is_dir() else folder
    if not file.is_file():
        raise InputError(f"There is no tokenizer at {file}.")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception
        raise InputError(f"{file} is not a tokenizer: {error}.") from error
    for token in SPECIAL_TOKENS:
        if tokenizer.token_to_id(token) is None:
            raise InputError(f"The tokenizer {file} lacks the special token {token}; train one with stp.")
    return tokenizer
