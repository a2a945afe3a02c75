"""Pure rules of the worker itself: what is said when, what is folded from where, what is stuck."""
