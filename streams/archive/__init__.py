"""The archive: every fact of the log into ClickHouse, once, in batches, acknowledged after."""
