"""Questions, over HTTP."""
