"""A worker process: its roles, their partitions, transactions and clocks."""
