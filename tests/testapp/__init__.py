"""A small app whose models are the senders of the suite."""
