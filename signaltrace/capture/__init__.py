"""Capture: what runs inside the traced program. Small, quick, and never raising into it."""
