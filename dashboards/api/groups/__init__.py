"""Groups, over HTTP."""
