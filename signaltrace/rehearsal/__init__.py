"""Rehearsal, above *capture* and the inventory: a save or delete performed for real, then rolled back."""
