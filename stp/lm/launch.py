"""One training by several processes, each with a part of the weights (FSDP2, arXiv 2304.11277).

`train`, in the caller's process, writes a job into the folder of the checkpoints and starts `torchrun`, which starts
this module once for each process. They train from the newest checkpoint to a last one, out of which the caller makes
the model. The first of them reports on its standard output, a line of JSON behind `MARK` each time; when nobody
reads there any more, it ends, and the rest with it. A file `stop` beside the job asks all of them to stop.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp import errors
from stp.errors import ConfigError, StpError
from stp.lm.trainer import Training, TrainProgress, TrainReport
from stp.records import Example

if TYPE_CHECKING:
    import torch
    from torch.distributed.device_mesh import DeviceMesh
    from transformers import PreTrainedModel

MARK = "@stp-training "
JOB, EXAMPLES, STOP, LOG = "job.json", "examples.jsonl", "stop", "processes.log"


def train(
    folder_in: Path,
    examples: Sequence[Example],
    out: Path,
    training: Training,
    progress: Callable[[TrainProgress], None] | None = None,
    device: str | None = None,
) -> TrainReport:
    """See `stp.lm.trainer.train`. Raises ConfigError too if there are fewer GPUs than processes, or one of the
    processes fails."""
    import torch

    from stp.lm import loop
    from stp.lm.checkpoint import Checkpoints

    kind = loop.where(device).type
    if kind == "cuda" and torch.cuda.device_count() < training.processes:
        raise ConfigError(
            f"trainer.processes is {training.processes}, but there are {torch.cuda.device_count()} GPUs here."
        )
    name = loop.identify(folder_in, examples, training)
    checkpoints = Checkpoints(out, name)
    checkpoints.tidy()
    job = checkpoints.folder / "job"
    job.mkdir(parents=True)
    settings = dataclasses.asdict(training)
    facts = {"folder": str(folder_in), "out": str(out), "name": name, "device": kind, "training": settings}
    (job / JOB).write_text(json.dumps(facts))
    with (job / EXAMPLES).open("w") as lines:
        lines.writelines(json.dumps(dataclasses.asdict(example)) + "\n" for example in examples)
    report = _run(job, training.processes, progress)
    last = checkpoints.newest()
    assert last is not None
    prefix = "weight:"
    weights = {
        label.removeprefix(prefix): tensor for label, tensor in last.tensors() if label.startswith(prefix)
    }
    loop.publish(loop.rebuilt(folder_in, training, weights), folder_in, out)
    checkpoints.clear()
    return report


def _run(job: Path, processes: int, progress: Callable[[TrainProgress], None] | None) -> TrainReport:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", "stp.lm.launch", str(job)]
    threads = max(1, (os.cpu_count() or 1) // processes)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ}
    report = failure = None
    with (job / LOG).open("w") as log:
        # A session of its own: Ctrl-C is for this process, which then asks the others to write a checkpoint.
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, start_new_session=True
        ) as running:
            assert running.stdout is not None
            stopped: BaseException | None = None
            try:
                for line in running.stdout:
                    if not line.startswith(MARK):
                        continue
                    kind, value = json.loads(line.removeprefix(MARK))
                    if kind == "progress" and progress and stopped is None:
                        try:
                            progress(TrainProgress(**value))
                        except BaseException as error:
                            stopped = error
                            (job / STOP).touch()
                    elif kind == "report":
                        report = TrainReport(**value)
                    elif kind == "error" and failure is None:
                        failure = value
            except BaseException:
                running.terminate()
                raise
    if stopped is not None:
        raise stopped
    if failure is not None:
        raise _error(*failure)
    if running.returncode or report is None:
        said = (job / LOG).read_text(errors="replace").strip().splitlines()
        raise ConfigError(
            f"The training's processes ended with status {running.returncode}"
            f"{': ' + said[-1].strip() if said else ''}; all they said stands in {job / LOG}."
        )
    return report


def _error(kind: str, sentence: str) -> StpError:
    known = getattr(errors, kind, ConfigError)
    error: StpError = known(sentence)
    return error


class Sharded:
    """The group of the processes that torchrun started, as `stp.lm.loop.Group`."""

    def __init__(self, device: torch.device, stop: Path) -> None:
        import torch
        from torch.distributed.device_mesh import init_device_mesh

        if device.type == "cuda":
            torch.cuda.set_device(device)
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        self.rank: int = torch.distributed.get_rank()
        self.size: int = torch.distributed.get_world_size()
        self._device = device
        self._mesh: DeviceMesh = init_device_mesh(device.type, (self.size,))
        self._stop = stop

    def shard(self, model: PreTrainedModel, precision: str) -> None:
        """Each block of layers is gathered when it is its turn; what is around them, at once."""
        import torch
        from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

        half = torch.bfloat16 if precision == "bfloat16" else None
        policy = MixedPrecisionPolicy(param_dtype=half, reduce_dtype=torch.float32)
        blocks = set(model._no_split_modules or ())
        for module in model.modules():
            if type(module).__name__ in blocks:
                fully_shard(module, mesh=self._mesh, mp_policy=policy)
        fully_shard(model, mesh=self._mesh, mp_policy=policy)

    def sum(self, values: Sequence[float]) -> list[float]:
        import torch

        together = torch.tensor(values, dtype=torch.float64, device=self._device)
        torch.distributed.all_reduce(together)
        found: list[float] = together.tolist()
        return found

    def whole(self, tensor: torch.Tensor) -> torch.Tensor:
        from torch.distributed.tensor import DTensor

        assert isinstance(tensor, DTensor)
        return tensor.full_tensor()

    def part(self, tensor: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        from torch.distributed.tensor import DTensor, distribute_tensor

        assert isinstance(like, DTensor)
        # Every process has read the whole tensor, so that nothing needs to be sent.
        return distribute_tensor(
            tensor.to(self._device), like.device_mesh, like.placements, src_data_rank=None
        )

    def stopping(self) -> bool:
        return self._stop.exists()

    def most(self, value: int) -> int:
        """The largest of all processes' values."""
        import torch

        together = torch.tensor(value, device=self._device)
        torch.distributed.all_reduce(together, torch.distributed.ReduceOp.MAX)
        return int(together)


def _say(kind: str, value: Any) -> None:
    try:
        print(MARK + json.dumps([kind, value]), flush=True)
    except BrokenPipeError:
        os._exit(1)  # nobody listens any more; torchrun ends the others


def _work(job: Path) -> None:
    """One of the processes."""
    import torch

    from stp.lm import loop
    from stp.lm.checkpoint import Checkpoints
    from stp.lm.formats import Chat

    facts = json.loads((job / JOB).read_text())
    settings = facts["training"]
    settings["betas"] = tuple(settings["betas"])
    settings["chat"] = Chat(**settings["chat"]) if settings["chat"] else None
    with (job / EXAMPLES).open() as lines:
        examples = [Example(**json.loads(line)) for line in lines]
    place = int(os.environ["LOCAL_RANK"])
    device = torch.device("cuda", place) if facts["device"] == "cuda" else torch.device("cpu")
    group = Sharded(device, job / STOP)
    try:
        _, report = loop.fit(
            Path(facts["folder"]),
            examples,
            Checkpoints(Path(facts["out"]), facts["name"]),
            Training(**settings),
            (lambda p: _say("progress", dataclasses.asdict(p))) if group.rank == 0 else None,
            device,
            group,
        )
    except loop.Stopping:
        pass
    else:
        peak = group.most(report.peak_memory)
        if group.rank == 0:
            _say("report", {**dataclasses.asdict(report), "peak_memory": peak})
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    try:
        _work(Path(sys.argv[1]))
    except StpError as problem:
        _say("error", [type(problem).__name__, str(problem)])
        sys.exit(1)
    except Exception as problem:
        first = (str(problem).strip().splitlines() or [""])[0]
        _say(
            "error", ["ConfigError", f"A process of the training failed: {type(problem).__name__}: {first}."]
        )
        raise
