"""Transactions of Django's database connections, stage *capture*: seen from attributes being set, so that no
frame of ours stands above what Django runs inside a transaction, at its end or after it."""
