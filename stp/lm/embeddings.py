"""Embeddings of texts: the mean of a model's last hidden states over a text's tokens (STP paper, section 3.3)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stp.lm import model as models
from stp.lm.packing import by_length
from stp.records import digest

if TYPE_CHECKING:
    from stp.lm.tokenizer import Codec

#: Tokens, padding included, that go through the model at once, by device.
PIECE_TOKENS = {"cpu": 4096, "cuda": 65536}
#: Texts embedded between two writes to the cache.
BLOCK = 2048


def embed(
    folder: Path,
    texts: Sequence[str],
    cache: Path | None = None,
    *,
    device: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """One row a text, (texts, hidden), float32: its tokens' last hidden states, after the final norm, on average.

    What stands behind the model's context is cut off; a text without tokens is all zeros. Embeddings depend on model
    and text alone, up to rounding, and those in `cache` (a SQLite file, made if need be) are not computed again: they are
    kept under the model's hash. device: None is the GPU if there is one. `progress` is told how many texts are done.
    Raises InputError if the model is missing or damaged.
    """
    wanted = {digest(text): text for text in texts}
    name = models.model_hash(folder)
    with closing(_open(cache)) as known:
        found = _find(known, name, list(wanted))
        missing = sorted((key for key in wanted if key not in found), key=lambda key: len(wanted[key]))
        if missing:
            pooler = _Pooler(folder, device)
            for start in range(0, len(missing), BLOCK):
                block = missing[start : start + BLOCK]
                rows = pooler.rows([wanted[key] for key in block])
                found |= zip(block, rows, strict=True)
                with known:
                    known.executemany(
                        "insert or replace into embeddings values (?, ?, ?)",
                        [(name, key, row.tobytes()) for key, row in zip(block, rows, strict=True)],
                    )
                if progress:
                    progress(len(found))
    if not texts:
        return np.zeros((0, 0), np.float32)
    return np.stack([found[digest(text)] for text in texts])


def forget(cache: Path, but: Collection[str]) -> None:
    """Drop the embeddings by all models but these (their hashes) from the cache."""
    with closing(_open(cache)) as known, known:
        known.execute(f"delete from embeddings where model not in ({','.join('?' * len(but))})", tuple(but))


def _open(cache: Path | None) -> sqlite3.Connection:
    if cache:
        cache.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(cache or ":memory:", timeout=30)
    connection.execute(
        "create table if not exists embeddings (model text, text text, row blob, primary key (model, text))"
    )
    return connection


def _find(known: sqlite3.Connection, model: str, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(keys), 500):
        block = keys[start : start + 500]
        rows = known.execute(
            f"select text, row from embeddings where model = ? and text in ({','.join('?' * len(block))})",
            (model, *block),
        )
        found |= {key: np.frombuffer(row, np.float32) for key, row in rows}
    return found


class _Pooler:
    """The model at work."""

    def __init__(self, folder: Path, device: str | None) -> None:
        from stp.lm.tokenizer import Codec

        self._device = models.device(device)
        self._codec: Codec = Codec(folder)
        self._context = int(models.read_config(folder)["max_position_embeddings"])
        dtype = "float32" if self._device.type == "cpu" else "auto"
        self._body = models.load(folder, str(self._device), dtype).base_model

    def rows(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """One row a text; texts of like length go through the model together."""
        ids = [row[: self._context] for row in self._codec.prompts(texts)]
        rows: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(ids)
        limit = PIECE_TOKENS[self._device.type]
        for piece in by_length(range(len(ids)), lambda place: len(ids[place]), limit):
            self._fill(rows, ids, piece)
        return rows

    def _fill(self, rows: list[NDArray[np.float32]], ids: Sequence[list[int]], piece: Sequence[int]) -> None:
        import torch

        width = max(1, *(len(ids[place]) for place in piece))
        tokens = torch.zeros(len(piece), width, dtype=torch.long)
        mask = torch.zeros(len(piece), width)
        for row, place in enumerate(piece):
            tokens[row, : len(ids[place])] = torch.tensor(ids[place], dtype=torch.long)
            mask[row, : len(ids[place])] = 1
        tokens, mask = tokens.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            # padding stands on the right, where causal attention needs no mask
            hidden = self._body(input_ids=tokens, use_cache=False).last_hidden_state.float()
            mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        for place, row in zip(piece, mean.cpu().numpy(), strict=True):
            rows[place] = row
