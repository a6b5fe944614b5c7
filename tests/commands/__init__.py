"""Tests of the subcommands and of the doors to them."""
