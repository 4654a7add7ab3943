"""A campaign from its first statement to its last iteration: the one straight line through the project.

    statements → portfolio → supervised model → evaluate
    then, N times:  conjecture → screen → prove (sample, check) → select → train → evaluate

Every stage reads rows of the store and adds rows; a finished stage is marked and never run again, and an
unfinished one goes on from the rows that are there. That is all there is to resuming.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stp.config import Config
from stp.errors import CampaignError, ConfigError, Stopped
from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings
from stp.lm import bases, formats
from stp.lm.formats import Format
from stp.progress import Reporter, StopFlag
from stp.stages import datasets, learn, prepare, selfplay
from stp.stages.context import Context
from stp.store import Store

Stage = Callable[[Context, int], None]


def plan(config: Config) -> list[tuple[int, str, Stage]]:
    """All stages of the campaign, in order: (iteration, name, function)."""
    stages: list[tuple[int, str, Stage]] = [
        (0, "statements", lambda context, _: prepare.statements(context)),
        (0, "portfolio", lambda context, _: prepare.portfolio(context)),
        (0, "supervised", lambda context, _: prepare.supervised(context)),
        (0, "evaluate", selfplay.evaluate),
    ]
    for i in range(1, config.iterations + 1):
        if config.mode == "stp":
            stages += [(i, "conjecture", selfplay.conjecture), (i, "screen", selfplay.screen)]
        stages.append((i, "prove", selfplay.prove))
        if config.mode != "sampling":
            # elegancy and transport will stand inside `select`, final retraining after the last `train`
            stages += [
                (i, "select", learn.select),
                (i, "train", learn.train),
                (i, "evaluate", selfplay.evaluate),
            ]
    return stages


def run(
    config: Config,
    folder: Path,
    reporter: Reporter | None = None,
    on_open: Callable[[], None] = lambda: None,
    on_begin: Callable[[Context], None] = lambda context: None,
) -> None:
    """Run the campaign in `folder`, or go on with it, to its end.

    `on_open` is called once the folder is ours, `on_begin` when Lean is there and no stage has begun.
    Raises StpError subclasses with a sentence for the user; Stopped after Ctrl-C, when everything finished is
    on disk.
    """
    reporter = reporter or Reporter()
    stop = StopFlag()
    layout, base = _models(config)
    lean = toolchain.find(Path(config.lean.project) if config.lean.project else None)
    header = datasets.header(config)
    with Store.create_or_open(folder, config) as store:
        on_open()
        left = [stage for stage in plan(config) if not store.finished(stage[0], stage[1])]
        if not left:
            reporter.say(f"{folder} is finished: nothing left to do (raise `iterations` to go on)")
            return
        with stop.listening(reporter):
            try:
                reporter.say(
                    f"{'going on with' if store.meta('environment') else 'beginning'} {folder} ({config.mode}); starting Lean"
                )
                with _pool(config, lean, header) as pool:
                    new = not store.meta("environment")
                    store.set_environment(pool.environment)
                    context = _context(config, store, pool, layout, base, reporter, stop)
                    if new:
                        on_begin(context)
                    _run_stages(context, left)
            except (Stopped, KeyboardInterrupt):
                raise Stopped(
                    f"Stopped; everything finished is kept. Go on with: stp run {folder / 'config.toml'} --dir {folder}"
                ) from None


def _models(config: Config) -> tuple[Format, Path | None]:
    """The format, and the base's folder if there is one.

    Asked for before anything is written: the base must be there and fit the format, and a server is not to be asked for
    what it cannot do. Raises InputError or ConfigError.
    """
    model = config.model
    layout = formats.load(model.format)
    if config.sampler.kind == "server" and (config.mode != "sampling" or config.sft.epochs or not model.base):
        raise ConfigError(
            "A server goes on sampling from the model that it has, whatever is trained here; with sampler.kind = "
            '"server" a campaign needs mode = "sampling", sft.epochs = 0 and that model as model.base.'
        )
    if not model.base:
        return layout, None
    folder = bases.find(model.base, model.revision)
    if layout.name == "stp" and not bases.speaks_tags(folder):
        raise ConfigError(
            f"{model.base} does not have the tags of the format stp; choose another (model.format; `stp formats` lists them)."
        )
    return layout, folder


def _pool(config: Config, lean: toolchain.Toolchain, header: str) -> LeanPool:
    return LeanPool(
        lean,
        Settings(config.lean.imports, header),
        workers=config.lean.workers,
        timeout=config.lean.timeout,
        heartbeats=config.lean.heartbeats,
        memory=config.lean.memory * 1e9 or None,
        spares=config.lean.spares,
        brief=True,
    )


def _context(
    config: Config,
    store: Store,
    pool: LeanPool,
    layout: Format,
    base: Path | None,
    reporter: Reporter,
    stop: StopFlag,
) -> Context:
    from stp.lm.sampler import Sampler, open_sampler
    from stp.lm.trainer import TransformersTrainer

    def sampler(model: Path) -> Sampler:
        return open_sampler(config.sampler, model, layout.chat, config.model.context)

    return Context(config, store, pool, layout, sampler, TransformersTrainer(), reporter, stop, base)


def _run_stages(context: Context, left: list[tuple[int, str, Stage]]) -> None:
    shown = -1
    for iteration, name, stage in left:
        context.stop.check()
        if iteration != shown:
            shown = iteration
            context.reporter.say("— preparation —" if iteration == 0 else f"— iteration {iteration} —")
        stage(context, iteration)
        if not context.store.finished(iteration, name):
            raise CampaignError(
                f"The stage {name} of iteration {iteration} did not finish; run the same command again."
            )
