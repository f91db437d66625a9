"""A real Apache Kafka from pip alone, for the demo, the tests, chaos and the benchmarks.

Nothing in the product imports this package: whoever has a cluster of his own never needs it.
"""

from agents.demo.broker.broker import Kafka
from agents.demo.broker.errors import BrokerDidNotStart, ClassPathUnavailable, KafkaUnavailable
from agents.demo.broker.properties import TimestampType

__all__ = ["BrokerDidNotStart", "ClassPathUnavailable", "Kafka", "KafkaUnavailable", "TimestampType"]
