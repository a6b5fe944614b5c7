"""A suite of tests under recording, whatever runs it: what each test's receivers did and left behind."""
