"""Exports: a Trace as text for other tools. One file each, found by scanning this folder.

An export defines ``NAME``, ``SUMMARY`` (a line of help) and ``render(trace) -> str``.
"""
