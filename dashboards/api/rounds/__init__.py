"""Rounds, over HTTP."""
