"""What is started: command line, settings, embedded servers, supervisor, demo."""
