"""A campaign from its first statement to its last iteration: the one straight line through the project.

    statements → portfolio → supervised model → evaluate
    then, N times:  conjecture → screen → watch → prove (sample, check) → disprove → shorten → select → train → evaluate
    then:  retrain → evaluate

What the configuration does without is left out; half-way, `refresh` takes the place of `train`. Every stage reads rows
of the store and adds rows; a finished stage is marked and never run again, and an unfinished one goes on from the rows
that are there. That is all there is to resuming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from stp import paths
from stp.config import Config
from stp.errors import CampaignError, ConfigError, Stopped
from stp.lean import toolchain
from stp.lean.pool import LeanPool
from stp.lean.worker import Settings
from stp.lm import bases, formats
from stp.lm.formats import Format
from stp.progress import Reporter, StopFlag
from stp.stages import (
    conjecture,
    datasets,
    disprove,
    learn,
    prepare,
    prove,
    retrain,
    screen,
    select,
    shorten,
    watch,
)
from stp.stages.context import Context
from stp.store import Store
from stp.store.schema import FINAL

Stage = Callable[[Context, int], None]
#: Verdicts that campaigns share (`lean.cache`), in the cache folder.
CACHE = "verdicts/campaigns.db"
#: Stages that make an iteration's model; each iteration has one of them.
MAKING_MODEL = ("train", "refresh")


def plan(
    config: Config, spent: Callable[[int], int] = lambda iteration: 0
) -> Iterator[tuple[int, str, Stage]]:
    """All stages of the campaign, in order: (iteration, name, function).

    spent: proofs sampled before an iteration, asked when the plan comes to it. An iteration for which the budget leaves
    nothing is not in it.
    """
    yield 0, "statements", lambda context, _: prepare.statements(context)
    yield 0, "portfolio", lambda context, _: prepare.portfolio(context)
    yield 0, "supervised", lambda context, _: prepare.supervised(context)
    yield from _evaluate(config, 0)
    last = 0
    for i in range(1, config.iterations + 1):
        if config.prove.budget and (
            spent(i) >= config.prove.budget or (i > 1 and spent(i) == spent(i - 1) > 0)
        ):
            break  # it is spent, or the last iteration found nothing to spend it on
        last = i
        if config.mode == "stp":
            yield i, "conjecture", conjecture.conjecture
            yield i, "screen", screen.screen
            if config.conjecture.watch:
                yield i, "watch", watch.watch
        yield i, "prove", prove.prove
        if config.prove.disprove and i == 1:
            yield i, "disprove", disprove.disprove
        if config.mode != "sampling":
            if config.prove.shorten:
                yield i, "shorten", shorten.shorten
            yield i, "select", select.select
            yield (i, "refresh", retrain.refresh) if i == config.refresh_at else (i, "train", learn.train)
            yield from _evaluate(config, i)
    if last and config.retrain.on and config.mode != "sampling":
        yield FINAL + last, "retrain", retrain.retrain
        yield from _evaluate(config, FINAL + last)


def _evaluate(config: Config, iteration: int) -> Iterator[tuple[int, str, Stage]]:
    if config.evaluate.samples:
        yield iteration, "evaluate", prove.evaluate


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
        budget, spent = config.prove.budget, prove.spent(store, FINAL)
        if budget and spent > budget:
            raise ConfigError(
                f"The campaign in {folder} has sampled {spent:,} proofs already, more than prove.budget = {budget:,}; "
                "raise it, or use another folder (--dir)."
            )
        if next(_left(config, store), None) is None:
            reporter.say(
                f"{folder} is finished: nothing left to do (raise `iterations`, or `prove.budget`, to go on)"
            )
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
                    _run_stages(context, _left(config, store))
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
    if layout.chat and config.conjecture.targets:
        raise ConfigError(
            f"conjecture.targets begins the conjectures for the model, which answers in the chat format {layout.name} do "
            "not allow; set it to 0, or choose a format of plain completion (`stp formats` lists them)."
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
        cache=paths.home() / CACHE if config.lean.cache else None,
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


def _left(config: Config, store: Store) -> Iterator[tuple[int, str, Stage]]:
    """The stages that are not finished, as the plan comes to them."""
    for iteration, name, stage in plan(config, lambda i: prove.spent(store, i)):
        # raising `iterations` moves what is half-way; an iteration that has its model keeps it
        names = MAKING_MODEL if name in MAKING_MODEL else (name,)
        if not any(store.finished(iteration, done) for done in names):
            yield iteration, name, stage


def _run_stages(context: Context, left: Iterable[tuple[int, str, Stage]]) -> None:
    shown = -1
    for iteration, name, stage in left:
        context.stop.check()
        if iteration != shown:
            shown = iteration
            title = "final retraining" if iteration > FINAL else f"iteration {iteration}"
            context.reporter.say(f"— {title if iteration else 'preparation'} —")
        stage(context, iteration)
        if not context.store.finished(iteration, name):
            raise CampaignError(
                f"The stage {name} of iteration {iteration} did not finish; run the same command again."
            )
