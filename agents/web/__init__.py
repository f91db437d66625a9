"""A worker's small server, `/metrics`, `/healthz` and `/readyz`, and the metrics that it shows."""
