"""Copy the newest model of a campaign into a folder to be shipped, with its weights as bfloat16 (half the bytes), and
the digests of the statements that it was trained on.

python experiments/ship_model.py campaigns/nano data/models/stp-nano
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from safetensors.torch import load_file, save_file

from stp.evaluation.plan import find_model
from stp.files import write_folder
from stp.lm.bases import TRAINED_ON
from stp.lm.model import CONFIG_FILE, WEIGHTS_FILE, copy_companions, model_hash, parameters
from stp.store import Store

_TRAINED_ON = (
    "select distinct s.key from examples e, json_each(e.parents) p "
    "join statements s on s.id = p.value or s.id = e.statement"
)


def main(campaign: Path, out: Path) -> None:
    """Raises InputError if the campaign has no model or `out` exists."""
    import torch

    found, folder = find_model(str(campaign))

    def fill(partial: Path) -> None:
        shutil.copyfile(folder / CONFIG_FILE, partial / CONFIG_FILE)
        copy_companions(folder, partial)
        weights = {name: w.to(torch.bfloat16) for name, w in load_file(folder / WEIGHTS_FILE).items()}
        save_file(weights, partial / WEIGHTS_FILE, metadata={"format": "pt"})
        with Store.read(campaign) as store:
            keys = {row["key"] for row in store.rows(_TRAINED_ON)}
        (partial / TRAINED_ON).write_text("".join(f"{key}\n" for key in sorted(keys)))

    write_folder(out, fill)
    for file in out.iterdir():
        file.chmod(0o644)
    size = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    print(
        f"{out}: {found.name} ({found.hash}) as {model_hash(out)}, {parameters(out) / 1e6:.2f} M parameters, {size:.1f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
