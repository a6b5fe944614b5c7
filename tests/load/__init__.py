"""Load: what signaltrace costs at a million receiver calls, and what must be exact there. See README.md."""
