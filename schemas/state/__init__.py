"""What the changelogs hold of a person, a profile and a product."""
