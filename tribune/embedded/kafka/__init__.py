"""The embedded log: Apache Kafka on the Java that a wheel brings."""
