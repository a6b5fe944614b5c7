"""Analysis: pure functions from a Trace (and an inventory) to small dataclasses. Edits no trace."""
