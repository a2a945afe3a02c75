"""Pure rules: no I/O, no clock, no asyncio, no logging; the time is in the message."""
