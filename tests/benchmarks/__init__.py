"""Benchmarks: run by hand, no part of the suite's pass or fail."""
