"""Views: golden files, and what their parts promise."""
