"""Benchmarks against named peers: one command, one table."""
