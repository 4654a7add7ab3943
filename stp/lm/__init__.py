"""The language model: formats, tokenizer, model folders, sampling, training and embeddings.

formats      how the two roles are put into text, and proofs taken out of answers (templates in data/formats)
prompts      the tags of our own format
tokenizer    byte-level BPE; `Codec`, text to ids for any model folder
model        a model folder: made, saved, loaded, named by its hash
bases        what a model's name means: shipped, a folder, GGUF, Hugging Face
sampler      the seam `Sampler`, its fake, `open_sampler`; behind it decode, vllm and server
decode       the decode loop of `TransformersSampler`, over `engine` (any model) or `llama` (fast on a CPU)
trainer      the seam `Trainer`, its fake, and the weighted fine-tuning loop (`loop`, `packing`, `loss`, `lora`,
             `checkpoint`, `launch`)
embeddings   mean-pooled last hidden states

The room knows nothing of Lean or of the store, and `import stp.lm` imports no torch.
"""

import os

# Torch's threads that wait for work sleep instead of spinning: Lean's workers have the same cores. Read when torch is
# loaded, which nothing outside this package does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
