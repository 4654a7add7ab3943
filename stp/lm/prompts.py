"""The one prompt format, used alike by supervised fine-tuning, self-play training and sampling.

    prover        <theorem>{rest}<proof>                                            {proof}<end>
    conjecturer   <lemma>{lemma}<seed>{rest}<proof>{proof}<conjecture>              {rest}<end>

`rest` is a theorem's text after its name, for instance `(a b : Nat) : a + b = b + a`. The roles and their
parts are those of the STP paper (arXiv 2502.00212); the tags are single tokens here because a model of a few
million parameters cannot afford sentences of instructions.
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


def prover_prompt(rest: str) -> str:
    """What the prover reads: the statement. Raises ValueError if `rest` holds a special token."""
    return f"{THEOREM}{_part(rest)}{PROOF}"


def prover_completion(proof: str) -> str:
    """What the prover should write: `proof`, exactly what follows `:=`, less surrounding white space.

    Raises ValueError if `proof` holds a special token.
    """
    return f"{_part(proof)}{END}"


def conjecturer_prompt(lemma: str, seed_rest: str, seed_proof: str) -> str:
    """What the conjecturer reads: a lemma (name and rest), and a seed theorem whose proof uses it.

    Raises ValueError if a part holds a special token.
    """
    return f"{LEMMA}{_part(lemma)}{SEED}{_part(seed_rest)}{PROOF}{_part(seed_proof)}{CONJECTURE}"


def conjecturer_completion(rest: str) -> str:
    """What the conjecturer should write: a new statement. Raises ValueError as `prover_completion` does."""
    return f"{_part(rest)}{END}"


def whole_text(prompt: str, completion: str) -> tuple[str, str]:
    """The same text, cut behind its first tag: a loss on what follows covers statements as well as answers.

    A model trained from scratch has not read mathematics before; in its supervised stage it learns from all
    of the text, not from the completion alone (a departure from the paper, whose base model is pretrained).
    """
    tag, end, rest = prompt.partition(">")
    return tag + end, rest + completion


def parse_completion(text: str) -> str | None:
    """The proof or statement in a sampled `text`: what stands before the first `<end>`.

    None if the text was cut before `<end>`, says nothing, or holds another special token.
    """
    body, end, _ = text.partition(END)
    body = body.rstrip()
    if not end or not body.strip() or any(token in body for token in SPECIAL_TOKENS):
        return None
    return body


def _part(text: str) -> str:
    for token in SPECIAL_TOKENS:
        if token in text:
            raise ValueError(f"text for a prompt must not contain the special token {token}")
    return text.strip()
