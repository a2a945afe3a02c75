"""Failures are simulated: the real shells and reducers in one process, on a clock that jumps."""
