"""Reads a broadcast file (CONTRACT, A broadcast file): its lines, its shape, its sense."""
