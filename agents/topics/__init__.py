"""The topics of a cluster: as `deploy/topics.yaml` declares them, and as they are."""
