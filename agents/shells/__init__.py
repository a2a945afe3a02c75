"""What runs the reducers: reading, saying, watching; the framework itself is in `agents.worker`."""
