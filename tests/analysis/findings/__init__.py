"""The rules of doctor, each on facts made by hand."""
