"""The public data sets that stp knows: where each is at home, at which revision, with which content.

`get` downloads the files of a pinned revision and compares the digest of what it keeps with the one given here, so that
everybody evaluates on the same statements. Nothing of them is shipped with stp.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stp.errors import InputError

GITHUB = "https://codeload.github.com"
HUGGING_FACE = "https://huggingface.co"

#: Seconds without a byte after which a download is given up.
_TIMEOUT = 60.0
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Known:
    """A data set with a public home. files: patterns of paths in it. sha256: digest of these files (`content_digest`).

    An unpinned one (sha256 empty) has a home that offers no revision we could look at; its digest is told when it has
    been downloaded, and kept in its card.
    """

    name: str
    title: str
    home: str  # `github:owner/name` or `hf:owner/name`
    revision: str
    files: tuple[str, ...]
    sha256: str
    licence: str
    statements: int  # 0: not known
    split: str = ""  # of statements that name none
    answers: bool = False  # see `stp.data.importers.lean`
    note: str = ""

    @property
    def url(self) -> str:
        """What is downloaded: a repository's archive, or one file."""
        where, _, place = self.home.partition(":")
        if where == "hf":
            return f"{HUGGING_FACE}/datasets/{place}/resolve/{self.revision}/{self.files[0]}"
        return f"{GITHUB}/{place}/tar.gz/{self.revision}"


KNOWN: dict[str, Known] = {
    known.name: known
    for known in (
        Known(
            "minif2f",
            "miniF2F in Lean 4",
            "github:yangky11/miniF2F-lean4",
            "5746b7d6c47855ce1294bed87329618ff7f1bc31",
            ("MiniF2F/Test/*.lean", "MiniF2F/Valid/*.lean"),
            "b81788947755d742f9a91363b5e801a9d1676c7fae10633db5fa3f7cec51038a",
            "MIT",
            488,
            note="olympiad and school problems; 244 valid, 244 test; needs Mathlib",
        ),
        Known(
            "proofnet",
            "ProofNet in Lean 4",
            "github:deepseek-ai/DeepSeek-Prover-V1.5",
            "2c4ba9119eef74d0d611f494261b2c5bae98c69a",
            ("datasets/proofnet.jsonl",),
            "325cd535a90f830337ca53df5d92919900448466a268a74bf206f58a37b7c4a7",
            "MIT",
            371,
            note="undergraduate exercises; 185 valid, 186 test; needs Mathlib. "
            "14 ask for a definition; they are stated as Nonempty of its type",
        ),
        Known(
            "proofnet-verified",
            "ProofNet-Verified",
            "github:marcusm117/ProofNet-Verified",
            "1ecc1243f96b9ab68bfeaa213568bfe8dec33eb3",
            ("data/proofnet-verified.jsonl",),
            "14fd0520347941fb396d222f7f3e91b2ebf746b13369f7e7436df837aa5f9486",
            "Apache-2.0",
            367,
            split="test",
            note="ProofNet's statements, audited and repaired; needs Mathlib",
        ),
        Known(
            "putnambench",
            "PutnamBench in Lean 4",
            "github:trishullab/PutnamBench",
            "3c9b9268ebd132d482938b8e9d242dd71fc1ebc0",
            ("lean4/src/*.lean",),
            "1f8bd84345eca2bd47f55f75c022b051d04c0baeeb8501cd37b403fa8925b971",
            "Apache-2.0",
            672,
            split="test",
            answers=True,
            note="Putnam problems, with the answers that the files give in comments put in; needs Mathlib. "
            "Its authors ask that nobody publish proofs of them",
        ),
        Known(
            "formal-conjectures",
            "Formal Conjectures",
            "github:google-deepmind/formal-conjectures",
            "488aade228ec37880b8fec178c173c07d279bb53",
            ("FormalConjectures/*.lean",),
            "811dc8c8d69bdef8f5731793511dc744a8761a487848e1772d47be99c01254e5",
            "Apache-2.0",
            0,
            split="test",
            note="open and solved problems; needs Mathlib and the repository's own library",
        ),
        Known(
            "leanworkbook",
            "Lean Workbook",
            "hf:internlm/Lean-Workbook",
            "main",
            ("lean_workbook.json",),
            "",
            "Apache-2.0",
            0,
            split="train",
            note="contest problems put into Lean by a model, unaudited: some false, some vacuous; needs Mathlib",
        ),
    )
}


def known(name: str) -> Known:
    """The data set of this name. Raises InputError, which lists them, if stp knows none."""
    if name not in KNOWN:
        raise InputError(
            f"stp knows no public data set {name!r}; it knows {', '.join(KNOWN)}. {how_to_get(name)}"
        )
    return KNOWN[name]


def how_to_get(name: str) -> str:
    """The sentence that says how to come by the data set of this name."""
    whole = name.removesuffix("-core")
    if name in KNOWN:
        return (
            f"Get it with: stp data get {name}, or read a local copy with: stp data import PATH --name {name}"
        )
    if whole in KNOWN:
        return f"It is made of {whole}: stp data get {whole}, and then: stp data core {whole}"
    return f"Statements of your own are read with: stp data import FILE --name {name}"


def download(
    wanted: Known, progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, bytes]:
    """The data set's files by their paths, compared with the digest. progress: is told bytes so far and in all (or 0).

    Raises InputError if the home cannot be reached, has no such revision, or holds other content.
    """
    archive = _bytes(wanted, progress)
    files = _matching(archive, wanted) if wanted.home.startswith("github:") else {wanted.files[0]: archive}
    found = content_digest(files)
    if not files or (wanted.sha256 and found != wanted.sha256):
        raise InputError(
            f"What {wanted.url} gave is not what {wanted.name} was when it was pinned "
            f"(sha256 {found[:16]}…, expected {wanted.sha256[:16]}…), so it is not taken; try again, or read a local copy "
            "with: stp data import FILE"
        )
    return files


def content_digest(files: dict[str, bytes]) -> str:
    """SHA-256 over paths and contents, in the order of the paths."""
    sha = hashlib.sha256()
    for path, content in sorted(files.items()):
        sha.update(f"{path}\0{len(content)}\0".encode())
        sha.update(content)
    return sha.hexdigest()


def _bytes(wanted: Known, progress: Callable[[int, int], None]) -> bytes:
    instead = (
        f"With a network, run the same command again; without one, read a local copy with: "
        f"stp data import PATH --name {wanted.name}"
    )
    try:
        with urllib.request.urlopen(wanted.url, timeout=_TIMEOUT) as stream:
            total = int(stream.headers.get("Content-Length") or 0)
            parts: list[bytes] = []
            done = 0
            while part := stream.read(_CHUNK):
                parts.append(part)
                done += len(part)
                progress(done, total)
            if total and done != total:
                raise InputError(f"The download of {wanted.url} broke off. {instead}")
            return b"".join(parts)
    except urllib.error.HTTPError as error:
        raise InputError(f"{wanted.url} answers {error.code} {error.reason}. {instead}") from error
    except (TimeoutError, OSError) as error:
        why = getattr(error, "reason", None) or error
        raise InputError(f"{wanted.url} cannot be reached ({why}). {instead}") from error


def _matching(archive: bytes, wanted: Known) -> dict[str, bytes]:
    """The wanted files of a repository's archive, without its top folder. Nothing is unpacked to disk."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            for member in tar:
                path = member.name.partition("/")[2]
                if ".." in path.split("/"):
                    continue
                if member.isfile() and any(fnmatch.fnmatch(path, pattern) for pattern in wanted.files):
                    content = tar.extractfile(member)
                    assert content is not None  # it is a file
                    files[path] = content.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"What {wanted.url} gave is no archive ({error}); try again.") from error
    return files


def write(files: dict[str, bytes], folder: Path) -> Path:
    """Put files that were downloaded under `folder`; gives the file itself if there is one only."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder / next(iter(files)) if len(files) == 1 else folder
