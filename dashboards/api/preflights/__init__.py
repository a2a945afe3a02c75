"""The preflight list, over HTTP."""
