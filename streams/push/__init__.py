"""Push: what the log says of each channel, whole, to every viewer at once."""
