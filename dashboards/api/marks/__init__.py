"""Marks, and the evaluators who give them, over HTTP."""
