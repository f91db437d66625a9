"""When an occasion that waits is to be looked at, and where its anchor stands. Asked for with every fact and timer: so
here, where it is machine code in an image, and not at the record itself."""

from schemas.state.order import Ordered
from schemas.state.person import Episode


def rings_at(episode: Episode) -> int:
    """When it is to be looked at: its due time, or later if it was put off."""
    due, until = episode.due, episode.until
    return due if due > until else until


def place_of(episode: Episode) -> Ordered:
    """Where the anchor stands among the person's events."""
    return (episode.anchor, episode.class_, episode.event_id)
