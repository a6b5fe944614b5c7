"""Inventory: what is connected, whether or not anything is sent."""
