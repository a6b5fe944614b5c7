"""Labels: names for signals, senders and receivers, found by looking; imports nothing, runs no user code."""
