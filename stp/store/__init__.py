"""One SQLite database a campaign, written by one process at a time."""

from stp.store.store import Store

__all__ = ["Store"]
