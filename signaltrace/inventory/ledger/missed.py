"""What a ``disconnect`` that matched nothing just missed, stage *inventory*."""

from __future__ import annotations

from signaltrace.internals import Entry, is_default_key, is_key_of, keyed_entries
from signaltrace.inventory.ledger.attempts import Attempt, Key, is_receiver_of, is_twin
from signaltrace.inventory.ledger.book import Book
from signaltrace.inventory.ledger.rows import Mark
from signaltrace.inventory.uids import uid_text
from signaltrace.labels.senders import describe_sender

Near = tuple[Key, Entry]


def missed(attempt: Attempt, book: Book, mark: Mark) -> tuple[str, Near | None]:
    """Why nothing matched, and the connection that was meant, as far as one stands out."""
    found = keyed_entries(attempt.signal)
    same = [(key, entry) for key, entry in found if is_receiver_of(attempt, entry)]
    for key, entry in sorted(same, key=lambda near: not _is_for_sender(attempt, near[0])):
        return f"it is connected {_how(attempt, book, mark, key, entry)}", (key, entry)
    for key, entry in found:
        if attempt.uid is not None and is_key_of((key[0], id(None)), None, None, attempt.uid):
            sender = _sender(book, mark, key, entry)
            return f"that dispatch_uid is connected for {sender}", (key, entry)
    for key, entry in found:
        if is_twin(attempt, entry):
            return "another one that the same lines made is connected", (key, entry)
    return "it is not connected", None


def _how(attempt: Attempt, book: Book, mark: Mark, key: Key, entry: Entry) -> str:
    uid = None if is_default_key(entry) else key[0]
    if not _is_for_sender(attempt, key):
        return f"for {_sender(book, mark, key, entry)}"
    return "without a dispatch_uid" if uid is None else f"with the dispatch_uid {uid_text(uid)}"


def _is_for_sender(attempt: Attempt, key: Key) -> bool:
    return is_key_of((id(None), key[1]), None, attempt.sender, None)


def _sender(book: Book, mark: Mark, key: Key, entry: Entry) -> str:
    if key[1] == id(None):
        return "any sender"
    if entry.sender is not None:
        return describe_sender(entry.sender).name
    with book.lock:
        row = book.connection(mark, key)
    return row.sender.info.name if row is not None else "another sender"
