"""Keeps everything of one machine running."""
