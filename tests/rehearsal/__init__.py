"""Tests of signaltrace.rehearsal."""
