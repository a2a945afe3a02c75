"""Says beforehand what would fail."""
