"""Settings: where they come from, what they may be, what is made of them."""
