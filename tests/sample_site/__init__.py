"""Tests of the sample site, which run it as its users do: from the command line."""
