"""A worker's small server, and the metrics that it shows."""
