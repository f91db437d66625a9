"""Why there is no Kafka.

KafkaUnavailable
├── ClassPathUnavailable  Java or Kafka's jars can't be had (not installed, no network, tampered with)
└── BrokerDidNotStart     the process ended or stayed silent; the message ends with the end of its log
"""


class KafkaUnavailable(Exception):
    """No broker can be had here; the message is a sentence for a human."""


class ClassPathUnavailable(KafkaUnavailable):
    """Java or Kafka's jars can't be had."""


class BrokerDidNotStart(KafkaUnavailable):
    """A broker refused to start, died on the way or did not get ready in time."""
