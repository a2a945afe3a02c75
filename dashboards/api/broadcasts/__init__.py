"""Broadcasts, over HTTP."""
