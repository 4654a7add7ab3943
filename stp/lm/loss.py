"""The loss of one piece, for any causal language model of transformers. Imports torch when it is called."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from stp.lm.packing import Piece, width

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

#: Logits that are turned into float32 at once. With more of them the rest waits, and is computed again for the
#: gradient: a vocabulary of 100,000 makes 7 GB of logits out of 16,384 tokens, and as much for each copy.
LOGITS_AT_ONCE = 2**26


def nll(model: PreTrainedModel, piece: Piece) -> tuple[torch.Tensor, torch.Tensor]:
    """Negative log-likelihood (nats) and example weight of each completion token of the piece, both (tokens,).

    Lines are padded on the right, where causal attention needs no mask. Where a line holds several examples the
    positions start again with each, from which transformers builds the block-diagonal mask. Logits are computed for
    completion tokens only: with a small model the head is a tenth of the work.
    """
    import torch

    device = model.device
    ids = torch.zeros(len(piece), max(map(width, piece)), dtype=torch.int32)
    positions = torch.zeros_like(ids)
    lines, targets, weights = [], [], []
    for number, line in enumerate(piece):
        place = 0
        for row in line:
            size = len(row.ids)
            ids[number, place : place + size] = torch.frombuffer(row.ids, dtype=torch.int32)
            positions[number, place : place + size] = torch.arange(size)
            lines.append(torch.full((row.learnt,), number))
            targets.append(torch.arange(place + row.start, place + size))
            weights.append(torch.full((row.learnt,), row.weight))
            place += size
        positions[number, place:] = torch.arange(ids.shape[1] - place)
    packed = any(len(line) > 1 for line in piece)
    ids = ids.to(device, torch.long)
    line_of, target = torch.cat(lines).to(device), torch.cat(targets).to(device)
    logits = _logits(model, ids, positions.to(device, torch.long) if packed else None, line_of, target - 1)
    return _cross_entropy(logits, ids[line_of, target]), torch.cat(weights).to(device)


def keeps_apart(model: PreTrainedModel) -> bool:
    """Whether the model reads examples on one line as if each stood alone: some architectures have a state, or an
    attention mask that transformers cannot. Tried with two texts: what the model says in the second must not have
    the least gradient with respect to the first."""
    import torch

    if "position_ids" not in inspect.signature(model.forward).parameters:
        return False
    size = 8
    read: list[torch.Tensor] = []

    def keep(_: Any, __: Any, embedded: torch.Tensor) -> torch.Tensor:
        read.append(embedded.detach().requires_grad_())
        return read[0]

    ids = torch.arange(2 * size, device=model.device)[None] % model.config.vocab_size
    positions = torch.arange(size, device=model.device).repeat(2)[None]
    training = model.training
    model.eval()  # type: ignore[no-untyped-call]
    hook = model.get_input_embeddings().register_forward_hook(keep)
    try:
        logits = model(input_ids=ids, position_ids=positions, use_cache=False).logits[:, size:]
    finally:
        hook.remove()
        model.train(training)
    (gradient,) = torch.autograd.grad(logits.float().logsumexp(-1).sum(), read)
    return not gradient[:, :size].any() and bool(gradient[:, size:].any())


def _logits(
    model: PreTrainedModel,
    ids: torch.Tensor,
    positions: torch.Tensor | None,
    line: torch.Tensor,
    place: torch.Tensor,
) -> torch.Tensor:
    """(tokens, vocabulary): what the model says at these places.

    The head is given them alone, by a hook: what an architecture does around its head (scales, caps) stays as it is,
    and the whole model is called, as FSDP needs it.
    """

    def choose(_: Any, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        return (inputs[0][line, place],)

    extra = {} if positions is None else {"position_ids": positions}
    head: torch.nn.Module = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    hook = head.register_forward_pre_hook(choose)
    try:
        logits: torch.Tensor = model(input_ids=ids, use_cache=False, **extra).logits
    finally:
        hook.remove()
    return logits


def _cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    import torch
    from torch.utils.checkpoint import checkpoint

    def exact(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(logits.float(), targets, reduction="none")

    rows = max(1, LOGITS_AT_ONCE // logits.shape[1])
    if len(logits) <= rows:
        return exact(logits, targets)
    parts = zip(torch.split(logits, rows), torch.split(targets, rows), strict=True)
    return torch.cat([checkpoint(exact, *part, use_reentrant=False) for part in parts])
