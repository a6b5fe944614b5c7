"""Whether a test run asked for signaltrace: for the app, which is loaded before the plugin does anything."""

ledger = False
