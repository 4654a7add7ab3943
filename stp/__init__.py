"""STP: self-play theorem proving with Lean 4 (arXiv 2502.00212)."""

__version__ = "0.1.0"
