"""The chaos run: real processes on real Apache Kafka, broken on purpose by seed, and a verdict on every promise."""
