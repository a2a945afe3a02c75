"""The front door: command line, settings, embedded servers, supervisor, demo."""
