"""The assertions that tests are given: what they find, and what they say when they fail."""
