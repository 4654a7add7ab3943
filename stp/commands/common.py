"""Options and helpers that commands share."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from stp.lean.pool import LeanPool
    from stp.lean.toolchain import Toolchain
    from stp.lm.formats import Format
    from stp.lm.sampler import Sampler

_F = TypeVar("_F", bound=Callable[..., Any])


workers_option = click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1), help="Lean processes."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
cache_option = click.option(
    "--cache",
    is_flag=True,
    help="Take verdicts of earlier runs in the same environment from the cache folder, and keep new ones there.",
)


def out_option(help: str) -> Callable[[_F], _F]:
    return click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help=help)


force_option = click.option("--force", is_flag=True, help="Replace a data set of the same name.")


@dataclass(frozen=True)
class Checking:
    """What `check_options` ask: how many workers, their limits and their environment."""

    workers: int
    timeout: float
    heartbeats: int
    imports: tuple[str, ...]
    header: str

    def pool(self, **more: Any) -> LeanPool:
        """`lean_pool` so."""
        return lean_pool(**asdict(self), **more)


def check_options(heartbeats: int = 20_000) -> Callable[[_F], Callable[..., Any]]:
    """The options of commands that check; the command gets them as `checking`."""
    options = (
        workers_option,
        click.option(
            "--timeout",
            default=60.0,
            show_default=True,
            type=click.FloatRange(1),
            help="Seconds of wall clock a check may take.",
        ),
        click.option(
            "--heartbeats",
            default=heartbeats,
            show_default=True,
            type=click.IntRange(1),
            help="Lean's own limit, in thousands.",
        ),
        click.option(
            "--import",
            "imports",
            multiple=True,
            default=("Init", "Std", "Seed"),
            show_default=True,
            help="Modules of the environment.",
        ),
        click.option("--header", default="", help="Trusted Lean text read before every statement."),
    )

    def add(command: _F) -> Callable[..., Any]:
        @functools.wraps(command)
        def collected(
            workers: int,
            timeout: float,
            heartbeats: int,
            imports: tuple[str, ...],
            header: str,
            **others: Any,
        ) -> Any:
            return command(checking=Checking(workers, timeout, heartbeats, imports, header), **others)

        decorated: Callable[..., Any] = collected
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return add


@dataclass(frozen=True)
class Asking:
    """What `sampler_options` ask: how a model is run, and how roles are put into text for it."""

    settings: dict[str, Any]  # of the configuration's section `sampler`
    format: str
    revision: str
    context: int

    @property
    def remote(self) -> bool:
        """Whether a server has the model."""
        return bool(self.settings["url"])

    def opener(self, folder: Path | None, layout: Format) -> Callable[[], Sampler]:
        """What makes the sampler of the model in `folder`."""
        from stp.config import Sampler as Section
        from stp.lm.sampler import open_sampler

        kind = "server" if self.remote else self.settings["kind"]
        section = Section(**{**self.settings, "kind": kind})
        return lambda: open_sampler(section, folder, layout.chat, self.context)


def sampler_options(command: _F) -> Callable[..., Any]:
    """The options of commands that sample; the command gets them as `sampling`."""
    from stp.config import Sampler as Section

    plain = Section()
    options = (
        click.option(
            "--format",
            "layout",
            default="",
            help="How roles are put into text: a name or a TOML file (default: the model's).",
        ),
        click.option("--revision", default="", help="Of a model on Hugging Face: branch, tag or commit."),
        click.option(
            "--context",
            default=0,
            type=click.IntRange(0),
            help="Longest prompt and proof together, in tokens (default: the model's).",
        ),
        click.option(
            "--sampler",
            "kind",
            default=plain.kind,
            show_default=True,
            type=click.Choice(["auto", "transformers", "vllm"]),
            help="What samples.",
        ),
        click.option(
            "--batch",
            default=plain.batch,
            show_default=True,
            type=click.IntRange(1),
            help="Samples decoded together.",
        ),
        click.option(
            "--dtype",
            default=plain.dtype,
            show_default=True,
            type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
            help="Of weights.",
        ),
        click.option(
            "--gpus",
            default=plain.gpus,
            show_default=True,
            type=click.IntRange(1),
            help="GPUs that share the model (vLLM).",
        ),
        click.option(
            "--gpu-memory",
            default=plain.gpu_memory,
            show_default=True,
            type=click.FloatRange(0, 1, min_open=True),
            help="Share of their memory to take (vLLM).",
        ),
        click.option(
            "--url",
            default="",
            help="Sample from this OpenAI-compatible server, for instance http://localhost:8000/v1.",
        ),
        click.option(
            "--served-model", default="", help="The model's name there (default: the first that it lists)."
        ),
        click.option(
            "--concurrency",
            default=plain.concurrency,
            show_default=True,
            type=click.IntRange(1),
            help="Requests to the server at a time.",
        ),
    )

    @functools.wraps(command)
    def collected(layout: str, revision: str, context: int, **others: Any) -> Any:
        settings = {key: others.pop(key) for key in _SAMPLER_KEYS}
        return command(sampling=Asking(settings, layout, revision, context), **others)

    decorated: Callable[..., Any] = collected
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


_SAMPLER_KEYS = ("kind", "batch", "dtype", "gpus", "gpu_memory", "url", "served_model", "concurrency")


def must_exist(file: Path, holds: str) -> None:
    from stp.errors import InputError

    if not file.is_file():
        raise InputError(f"{file} is not there or no file; name a JSONL file of {holds}.")


def write_rows(rows: Iterable[dict[str, Any]], out: Path | None, *, echo: bool = True) -> None:
    """Each row as a line in the file `out`, which is there at the end or not at all, and on the standard output if
    `echo`."""
    from stp import jsonl
    from stp.files import whole

    with whole(out) if out else contextlib.nullcontext() as stream:
        for row in rows:
            line = jsonl.line(row)
            if echo:
                click.echo(line)
            if stream:
                stream.write(line + "\n")


def sum_up(counts: dict[str, int], undecided: int, verb: str) -> None:
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()))
    click.echo(told or f"nothing to {verb}", err=True)
    if undecided:
        click.echo(
            f"stp: {undecided} lines got no verdict (time-out of the wall clock or a lost worker); run them again.",
            err=True,
        )


def complain(label: str, items: Iterable[str]) -> None:
    for item in items:
        click.echo(f"stp: {label}: {item}", err=True)


def say(text: str) -> None:
    click.echo(f"{text} …", err=True)


def lean_pool(
    *,
    toolchain: Toolchain | None = None,
    imports: tuple[str, ...] | None = None,
    header: str | None = None,
    cache: bool = False,
    **options: Any,
) -> LeanPool:
    from stp import paths
    from stp.lean import build
    from stp.lean.pool import LeanPool
    from stp.lean.toolchain import find
    from stp.lean.worker import Settings

    found = toolchain or find()
    build.ensure(found, say)
    default = Settings()
    return LeanPool(
        found,
        Settings(imports or default.imports, default.header if header is None else header),
        cache=paths.home() / "verdicts.db" if cache else None,
        **options,
    )
