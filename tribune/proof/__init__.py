"""Counts again what was published, from the archive and from the log."""
