"""The payment of a subscription has failed, and it was not renewed: a sequence after that event."""

from schemas.rules.sequence import SubscriptionPaymentFailed
from streams.triggers.detectors import sequence
from streams.triggers.row import Row

ROW: Row = sequence.ROW._replace(kind="subscription_payment_failed", section=SubscriptionPaymentFailed)
