"""The workload of `lean_checks.py`: real samples of a campaign's model, kept as `lean_samples.jsonl.gz`.

    python benchmarks/make_samples.py campaigns/demo

200 statements of the campaign (half held out, half trained on; library theorems, drawn by the seed) x 32 proofs by
its last model, duplicates as they come. A line is `{"statement", "forbid", "proof"}`. Made once and kept; the file
that is committed came from the campaign of `make demo`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path

from stp.lm import formats
from stp.lm.sampler import SampleRequest, Sampling, TransformersSampler
from stp.records import digest, head_of
from stp.store import Store

OUT = Path(__file__).with_name("lean_samples.jsonl.gz")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("campaign", type=Path)
    parser.add_argument("--statements", type=int, default=200)
    parser.add_argument("--proofs", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    layout = formats.load("stp")
    rows = []
    with Store.read(options.campaign) as store:
        for split in ("held_out", "train"):
            found = list(
                store.rows(
                    "select id, name, rest from statements where source = 'library' and split = ? order by id",
                    split,
                )
            )
            rows += draw.sample(found, options.statements // 2)
        model = next(store.rows("select folder from models order by iteration desc limit 1"))
    requests = [
        SampleRequest(
            layout.prover_prompt(row["rest"]),
            tuple(int(digest(str(options.seed), row["id"], str(copy)), 16) for copy in range(options.proofs)),
        )
        for row in rows
    ]
    sampler = TransformersSampler(options.campaign / model["folder"], threads=2)
    proofs: dict[tuple[int, int], str] = {}
    for sample in sampler.sample(requests, Sampling(max_tokens=64)):
        rest = rows[sample.request]["rest"]
        proofs[sample.request, sample.copy] = layout.proof_of(rest, sample.text, sample.truncated) or ""
    with gzip.GzipFile(options.out, "wb", mtime=0) as stream:
        for (request, _copy), proof in sorted(proofs.items()):
            row = rows[request]
            line = {"statement": head_of(row["rest"]), "forbid": [row["name"]], "proof": proof}
            stream.write((json.dumps(line, ensure_ascii=False) + "\n").encode())
    print(
        f"{len(proofs)} proofs, {len(set((r, p) for (r, _), p in proofs.items()))} distinct, in {options.out}"
    )


if __name__ == "__main__":
    main()
