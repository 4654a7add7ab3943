"""The tags of the native format (`data/formats/stp.toml`), and what a conjecture is asked for with if not with a lemma.

The roles and their parts are those of the STP paper (arXiv 2502.00212); the tags are single tokens here because a model of
a few million parameters cannot afford sentences of instructions.
"""

from __future__ import annotations

LEMMA = "<lemma>"
SEED = "<seed>"
PROOF = "<proof>"
CONJECTURE = "<conjecture>"
THEOREM = "<theorem>"
END = "<end>"
PAD = "<pad>"

#: Each is one token of the tokenizer, in this order from id 0.
SPECIAL_TOKENS = (PAD, END, THEOREM, PROOF, LEMMA, SEED, CONJECTURE)

#: Stands for the lemma when a conjecture is asked for without one (the paper's `theorem true : True`).
TRIVIAL_LEMMA = "true : True"


def whole_text(prompt: str, completion: str) -> tuple[str, str]:
    """The same text, cut behind its first tag: a loss on what follows covers statements as well as answers.

    A model trained from scratch has not read mathematics before; in its supervised stage it learns from all
    of the text, not from the completion alone (a departure from the paper, whose base model is pretrained).
    """
    tag, end, rest = prompt.partition(">")
    return tag + end, rest + completion
