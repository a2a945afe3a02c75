"""How the log is read and written: one room, for every role."""
