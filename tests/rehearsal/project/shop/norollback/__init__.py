"""A database backend that knows no transactions."""
