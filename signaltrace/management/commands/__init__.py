"""The management command ``signaltrace``."""
