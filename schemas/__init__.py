"""What is said: facts and commands, topics, the wire format, ClickHouse tables."""
