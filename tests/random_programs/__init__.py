"""Random programs, and installs, recordings and patches in any order: see README.md."""
