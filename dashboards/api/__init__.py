"""The console's API: what operators write and everyone may read, over HTTP."""
