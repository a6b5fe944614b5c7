"""Transactions that PostgreSQL has given up, stage *capture*: their commit undoes them, without an error."""

from __future__ import annotations

from typing import Any

from signaltrace.labels.looking import own

# libpq's PQTRANS_INERROR, as both of Django's drivers tell it.
_IN_ERROR = 3


def is_aborted(connection: Any) -> bool:
    """Whether the server refuses everything but a rollback: an error was caught inside of the block.

    https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQTRANSACTIONSTATUS
    """
    if type(connection).vendor != "postgresql":
        return False
    driver = own(connection, "connection")
    if hasattr(driver, "pgconn"):  # psycopg 3
        return int(driver.pgconn.transaction_status) == _IN_ERROR
    return hasattr(driver, "get_transaction_status") and driver.get_transaction_status() == _IN_ERROR
