"""Boards, over HTTP."""
