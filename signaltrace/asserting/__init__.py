"""Assertions about what was recorded, for tests: which signals were sent, which receivers called."""
