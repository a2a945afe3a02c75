"""Sessions, over HTTP."""
