"""Django's own suite, bare and traced. Run by hand or by tox; pytest collects nothing here."""
