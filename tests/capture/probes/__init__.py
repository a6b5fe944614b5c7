"""Tests of the probes, each against real models on a real database."""
