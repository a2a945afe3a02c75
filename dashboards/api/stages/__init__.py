"""The stage controllers, told directly, over HTTP."""
