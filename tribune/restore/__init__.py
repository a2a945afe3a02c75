"""From the archive back to an empty log."""
