"""The topics of a cluster: as declared, as they are."""
