"""A small shop in which each link of a chain is broken once, for the tests of ``why``."""
