"""A subscription is cancelled, and not renewed: a sequence after that event."""

from schemas.rules.sequence import SubscriptionEnding
from streams.triggers.detectors import sequence
from streams.triggers.row import Row

ROW: Row = sequence.ROW._replace(kind="subscription_ending", section=SubscriptionEnding)
