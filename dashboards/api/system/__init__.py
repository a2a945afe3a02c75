"""The console about itself, over HTTP."""
