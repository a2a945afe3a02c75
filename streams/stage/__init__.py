"""Stage: microphones that open and close by the evening's deadlines, on a clock of its own."""
