"""Slide decks, over HTTP."""
