"""What the stages tell each other: facts of clicks, orders and products, each with its place in the order of events."""
