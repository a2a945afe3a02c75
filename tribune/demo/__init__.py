"""An example evening, played through the real front doors, and checked."""
