"""Names in the environment of a process under test, beside those of ``suite_inside``."""

SETTINGS = "SIGNALTRACE_PACKAGES_SETTINGS"
TOOL = "SIGNALTRACE_PACKAGES_TOOL"
# Ids of tests that are not run, one a line.
LEFT_OUT = "SIGNALTRACE_PACKAGES_LEFT_OUT"
# Set where calls are counted and compared: garbage is collected between tests, and at no other time.
COLLECTED = "SIGNALTRACE_PACKAGES_COLLECTED"
PLACE = "SIGNALTRACE_PACKAGES_PLACE"
