"""The commands of `tribune`."""
