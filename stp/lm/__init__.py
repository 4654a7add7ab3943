"""The language model: prompts, tokenizer, model folders, sampling and training.

prompts      the one text format of SFT, self-play training and sampling (no torch)
tokenizer    byte-level BPE
model        a model folder: made, saved, loaded, named by its hash
sampler      the seam `Sampler`, its fake, and `TransformersSampler`
decode       the decode loop behind `TransformersSampler`: a small Llama and a continuous batch
trainer      the seam `Trainer`, its fake, and the weighted fine-tuning loop

The room knows nothing of Lean or of the store, and `import stp.lm` imports no torch.
"""
