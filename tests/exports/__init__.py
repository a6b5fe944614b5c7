"""Exports, re-read as their consumers read them."""
