"""Stand-ins that speak Kafka's and ClickHouse's protocols, for a machine that has neither."""
