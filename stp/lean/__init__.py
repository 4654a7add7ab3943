"""Lean 4: finding it, talking to it, checking with it. Knows nothing of models or campaigns."""
