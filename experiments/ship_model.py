"""Copy the newest model of a campaign into a folder to be shipped, with its weights as bfloat16 (half the bytes).

python experiments/ship_model.py campaigns/nano data/models/stp-nano
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from safetensors.torch import load_file, save_file

from stp.evaluation.plan import find_model
from stp.files import write_folder
from stp.lm.model import FILES, WEIGHTS_FILE, model_hash, parameters


def main(campaign: Path, out: Path) -> None:
    """Raises InputError if the campaign has no model or `out` exists."""
    import torch

    found, folder = find_model(str(campaign))

    def fill(partial: Path) -> None:
        for name in (*FILES, "tokenizer_config.json"):
            if name != WEIGHTS_FILE:
                shutil.copyfile(folder / name, partial / name)
        weights = {name: w.to(torch.bfloat16) for name, w in load_file(folder / WEIGHTS_FILE).items()}
        save_file(weights, partial / WEIGHTS_FILE, metadata={"format": "pt"})

    write_folder(out, fill)
    for file in out.iterdir():
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    print(
        f"{out}: {found.name} ({found.hash}) as {model_hash(out)}, {parameters(out) / 1e6:.2f} M parameters, {size:.1f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
