"""Times of a person, of which 0 means never."""


def first_of(one: int, other: int) -> int:
    """The earlier of two times, ms, either of which may be 0 for never."""
    return min(one, other) if one and other else one or other
