"""What is evaluated and how: all that decides the samples and their verdicts, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stp.data import dataset
from stp.data.dataset import Entry
from stp.errors import InputError
from stp.lm import bases
from stp.lm.model import CONFIG_FILE, model_hash
from stp.records import digest
from stp.store import Store
from stp.store.store import FILE as CAMPAIGN


@dataclass(frozen=True)
class Model:
    """A model as a result names it: never by where it lies on this machine."""

    hash: str
    name: str
    path: str


@dataclass(frozen=True)
class Plan:
    """Begun with one of these, an evaluation's folder takes no other. How many samples is not among it: more of them
    can be asked for later. The environment joins when Lean has started."""

    model: Model
    data: str
    split: str
    sha256: str  # of the selected statements, all shards together
    limit: int | None
    shard: tuple[int, int] | None  # (1, 4): the first of four
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    format: str = "stp"  # its name

    def as_json(self) -> dict[str, Any]:
        row = asdict(self)
        return {**row, "shard": None if self.shard is None else list(self.shard)}

    @property
    def title(self) -> str:
        return f"{self.data}:{self.split}" if self.split else self.data

    def sample_seed(self, key: str, copy: int) -> int:
        """The random number of one sample, from seed, statement and copy alone (63 bits)."""
        return int(digest("evaluate", str(self.seed), key, str(copy)), 16) >> 1


@dataclass(frozen=True)
class Selection:
    """The statements of an evaluation. `places` are those of its shard, as indices into `entries`."""

    data: dataset.DataSet
    split: str
    entries: tuple[Entry, ...]
    places: tuple[int, ...]
    sha256: str


def select(spec: str, *, limit: int | None = None, shard: tuple[int, int] | None = None) -> Selection:
    """The statements that NAME[:SPLIT] means, the first `limit` of them, and of these every n-th for a shard.

    Raises InputError if there are none.
    """
    data, entries = dataset.select(spec)
    entries = entries[:limit]
    places = tuple(range(len(entries)))
    if shard is not None:
        number, of = shard
        places = places[number - 1 :: of]
        if not places:
            raise InputError(
                f"Shard {number}/{of} of {len(entries)} statements is empty; use {len(entries)} shards at most."
            )
    sha = hashlib.sha256()
    for entry in entries:
        sha.update(json.dumps([entry.name, entry.split, identity(entry)]).encode() + b"\n")
    return Selection(data, spec.partition(":")[2], tuple(entries), places, sha.hexdigest())


def identity(entry: Entry) -> str:
    """Digest of what is to be proved and with what: equal exactly if statement, header and bans are."""
    return digest(entry.statement, entry.header, *entry.forbid)


def find_model(name: str, revision: str = "") -> tuple[Model, Path]:
    """The model that `name` means, with its folder: a campaign's folder (its newest model), or what `bases.find` finds.

    Raises InputError if it means none."""
    place = Path(name).expanduser()
    if (place / CAMPAIGN).is_file():
        return _newest(place)
    if place.is_dir() and not (place / CONFIG_FILE).is_file():
        raise InputError(
            f"{name} is neither a model's folder ({CONFIG_FILE} is missing) nor a campaign's ({CAMPAIGN} is missing)."
        )
    folder = bases.find(name, revision)
    if not place.is_dir():
        short = re.sub(r"[^A-Za-z0-9._-]+", "-", name.removesuffix(".gguf").rsplit("/", 1)[-1])
        return Model(model_hash(folder), short, name if place.suffix != ".gguf" else place.name), folder
    # campaigns keep theirs as CAMPAIGN/models/NUMBER
    if folder.parent.name == "models":
        campaign = folder.parent.parent.name
        return Model(
            model_hash(folder), f"{campaign}-{folder.name}", f"{campaign}/models/{folder.name}"
        ), folder
    return Model(model_hash(folder), folder.name, folder.name), folder


def remote_model(name: str, format: str) -> tuple[Model, Path | None]:
    """The model that a server has: one whose folder is at hand too, or one that is known by its name alone.

    Raises InputError if its folder is not at hand and no format is named.
    """
    try:
        return find_model(name)
    except InputError:
        if not format:
            raise InputError(
                f"The model {name} is not on this machine, so nothing says how to ask it; name its format (--format)."
            ) from None
        return Model("", re.sub(r"[^A-Za-z0-9._-]+", "-", name), name), None


def _newest(campaign: Path) -> tuple[Model, Path]:
    with Store.read(campaign) as store:
        row = next(store.rows("select iteration, folder from models order by iteration desc limit 1"), None)
    if row is None:
        raise InputError(
            f"The campaign in {campaign} has no model yet; go on with it: stp run CONFIG.toml --dir {campaign}"
        )
    folder, name = campaign / row["folder"], campaign.resolve().name
    return Model(model_hash(folder), f"{name}-{row['iteration']}", f"{name}/{row['folder']}"), folder


def default_folder(plan: Plan) -> Path:
    shard = f"-shard{plan.shard[0]}of{plan.shard[1]}" if plan.shard else ""
    return Path("evals") / f"{plan.model.name}-{plan.title.replace(':', '-')}{shard}"


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """`2/4` → (2, 4). Raises InputError if it is no such thing."""
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise InputError(f"{text!r} is no shard; write 1/4 for the first of four.")
    return int(match[1]), int(match[2])


def parse_ks(text: str | None, samples: int) -> list[int]:
    """`1,8,32` → [1, 8, 32]; None → 1, 8, 32, 128, … and `samples`, as far as there are samples.

    Raises InputError if one is no number or exceeds the samples.
    """
    if text is None:
        return sorted({k for k in (1, 8, 32, 128, 512, 2048) if k < samples} | {samples})
    ks: Sequence[str] = text.split(",")
    if not all(k.strip().isdecimal() and int(k) > 0 for k in ks):
        raise InputError(f"{text!r} is no list of k; write for instance 1,8,32.")
    found = sorted({int(k) for k in ks})
    if found[-1] > samples:
        raise InputError(
            f"pass@{found[-1]} needs at least {found[-1]} samples and there are {samples}; raise --samples or lower --k."
        )
    return found
