"""Checkpoints of a training that is under way, in a folder beside the model that it makes.

    .OUT.training/
        step-00000120/      complete or absent
            checkpoint.json     what is trained, how many steps were done
            state-00001.safetensors, …     tensors, at most `FILE_BYTES` each file

The tensors are the trained weights and AdamW's two moments, whole ones: a checkpoint does not depend on the device or
on how many processes wrote it. Nothing is pickled. At most two checkpoints are there at a time.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import InputError
from stp.files import explained, write_folder
from stp.records import Example

if TYPE_CHECKING:
    import torch

#: A file's tensors are gathered in memory before they are written.
FILE_BYTES = 2**32

FACTS_FILE = "checkpoint.json"


def identity(model_hash: str, examples: Sequence[Example], settings: Mapping[str, Any]) -> str:
    """The name of a training: 32 hexadecimal digits made from all that its result depends on."""
    sha = hashlib.sha256(json.dumps([model_hash, settings], sort_keys=True).encode())
    for example in examples:
        # ASCII: a model's text may hold lone surrogates, which UTF-8 cannot carry.
        sha.update(json.dumps([example.prompt, example.completion, example.weight]).encode("ascii"))
    return sha.hexdigest()[:32]


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    step: int  # steps done
    losses: tuple[float, float]  # of the first step and of the last one done

    def tensors(self) -> Iterator[tuple[str, torch.Tensor]]:
        """What was written, name by name. Raises InputError if it is damaged."""
        from safetensors import SafetensorError, safe_open

        try:
            for file in sorted(self.folder.glob("*.safetensors")):
                with safe_open(file, framework="pt") as state:
                    for name in state.keys():  # noqa: SIM118
                        yield name, state.get_tensor(name)
        except SafetensorError as error:
            raise self.damaged(str(error)) from error

    def damaged(self, why: str) -> InputError:
        return InputError(
            f"The checkpoint {self.folder} is damaged ({why}); remove {self.folder.parent} to train from the start."
        )


class Checkpoints:
    """Those of the training called `identity` whose model will be the folder `out`."""

    def __init__(self, out: Path, identity: str) -> None:
        self.folder = out.with_name(f".{out.name}.training")
        self._identity = identity

    def tidy(self) -> None:
        """Remove what is not the newest checkpoint of this training: those of another, half-written ones."""
        newest = self.newest()
        for entry in self.folder.iterdir() if self.folder.is_dir() else ():
            if newest is None or entry != newest.folder:
                _remove(entry)

    def newest(self) -> Checkpoint | None:
        for folder in sorted(self.folder.glob("step-*"), reverse=True):
            facts = json.loads((folder / FACTS_FILE).read_text())
            if facts["identity"] == self._identity:
                return Checkpoint(folder, facts["step"], tuple(facts["losses"]))
        return None

    def write(
        self, step: int, losses: tuple[float, float], tensors: Iterable[tuple[str, torch.Tensor]]
    ) -> None:
        """Raises InputError if it is there already, the disk is full or the place cannot be written."""
        folder = self.folder / f"step-{step:08d}"
        facts = {"identity": self._identity, "step": step, "losses": losses}
        with explained(folder):
            write_folder(folder, lambda partial: _fill(partial, facts, tensors))
            for older in self.folder.glob("step-*"):
                if older != folder:
                    _remove(older)

    def clear(self) -> None:
        """Remove all of them: the training has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove(entry: Path) -> None:
    """At once, by another name: what a killed process leaves of a checkpoint must not look like one."""
    if entry.is_dir():
        gone = entry.rename(entry.with_name(f".{entry.name.strip('.')}.gone"))
        shutil.rmtree(gone)
    else:
        entry.unlink()


def _fill(folder: Path, facts: dict[str, Any], tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    from safetensors.torch import save_file

    held: dict[str, torch.Tensor] = {}
    size = files = 0

    def flush() -> None:
        nonlocal held, size, files
        files += 1
        save_file(held, folder / f"state-{files:05d}.safetensors")
        held, size = {}, 0

    for name, tensor in tensors:
        if held and size + tensor.nbytes > FILE_BYTES:
            flush()
        held[name] = tensor.detach().cpu().contiguous()
        size += tensor.nbytes
    flush()
    (folder / FACTS_FILE).write_text(json.dumps(facts))
