"""Random programs, installs in any order, and faults of our own: see the modules."""
