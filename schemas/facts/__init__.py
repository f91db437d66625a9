"""What the stages tell each other."""
