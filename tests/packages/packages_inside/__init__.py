"""What runs inside a package's own suite: it records, writes outcomes down, scans the process.

Copied onto the path of the process under test, beside Django's suite's ``suite_inside``.
"""
