"""The demo: a shop in motion, a real Apache Kafka, a worker and a webhook receiver, on one screen.

Nothing in the product imports this package.
"""
