"""Tokenizers: our own byte-level BPE for models from scratch, and `Codec`, text to ids and back for any model folder.

In our BPE every text is a sequence of bytes, so none is unknown, and all but `NOTATIONS` round-trip.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError, InputError
from stp.lm.prompts import SPECIAL_TOKENS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from stp.lm.formats import Chat

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
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exception
        raise InputError(f"{file} is not a tokenizer: {error}.") from error


class Codec:
    """Text to ids and back, for one model folder: what every sampler and the trainer see alike.

    chat: prompts are messages of a user, rendered by the model's own chat template behind this system message;
    None: prompts are texts to be continued. Raises InputError if the folder has no tokenizer, no end-of-text token,
    or no chat template where one is needed.
    """

    def __init__(self, folder: Path, chat: Chat | None = None) -> None:
        self.tokenizer = load_tokenizer(folder)
        self.vocabulary: int = self.tokenizer.get_vocab_size()
        self.ends = end_ids(folder)
        self._chat = chat
        if chat is not None:
            self._template = _template(folder)
            self._special = [
                token.content for token in self.tokenizer.get_added_tokens_decoder().values() if token.special
            ]

    def prompts(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each prompt; none where a chat's message holds one of the model's special tokens, with which it
        could speak for somebody else."""
        if self._chat is None:
            return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(list(texts))]
        rendered = ["" if any(s in text for s in self._special) else self._render(text) for text in texts]
        encodings = self.tokenizer.encode_batch_fast(rendered, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def completions(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each completion, ending with an end-of-text token."""
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        end = min(self.ends)
        return [e.ids if e.ids and e.ids[-1] in self.ends else [*e.ids, end] for e in encodings]

    def texts(self, ids: Sequence[Sequence[int]]) -> list[str]:
        """What was generated, without the end-of-text token that may stand last."""
        bodies = [list(row[:-1] if row and row[-1] in self.ends else row) for row in ids]
        decoded: list[str] = self.tokenizer.decode_batch(bodies, skip_special_tokens=False)
        return decoded

    def _render(self, message: str) -> str:
        assert self._chat is not None
        system = [{"role": "system", "content": self._chat.system}] if self._chat.system else []
        text: str = self._template.apply_chat_template(
            [*system, {"role": "user", "content": message}], add_generation_prompt=True, tokenize=False
        )
        return text


def end_ids(folder: Path) -> frozenset[int]:
    """The ids that end a text: `eos_token_id` of `generation_config.json`, else of `config.json`."""
    for name in ("generation_config.json", "config.json"):
        try:
            found = json.loads((folder / name).read_text()).get("eos_token_id")
        except FileNotFoundError:
            continue
        except (ValueError, AttributeError) as error:
            raise InputError(f"The model in {folder} is damaged: {name} is not JSON.") from error
        if found is not None:
            return frozenset(found if isinstance(found, list) else [found])
    raise InputError(f"The model in {folder} names no end-of-text token (eos_token_id in config.json).")


def _template(folder: Path) -> Any:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise InputError(
            f"The model in {folder} has no chat template; choose a format of plain text (model.format)."
        )
    return tokenizer
