"""The list before a presentation day: what is asked of whom, and what follows from the answers."""
