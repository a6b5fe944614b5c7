"""Analysis: exact numbers out of traces built by hand."""
