"""Exports: a Trace as text for other tools, one file each.

An export defines ``NAME``, ``SUMMARY`` (a line of help) and ``render(trace) -> str``.
"""
