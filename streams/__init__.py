"""How it moves: gateway in, Kafka, push out, archive to ClickHouse, stage devices."""
