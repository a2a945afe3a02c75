"""Slide decks: checked and drawn at upload, so that on the day a page is only a picture."""
