"""Links: the ways to the microphones, one kind of device each."""
