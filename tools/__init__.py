"""What makes the environment; runs before anything is installed, on Python's own library alone."""
