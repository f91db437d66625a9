"""The visitor has asked for their cart by mail: a sequence after that event, which makes reminders of it idle."""

from schemas.outcomes.triggers import LINES
from schemas.rules.sequence import EmailMyCart
from streams.triggers.detectors import sequence
from streams.triggers.row import Row

ROW: Row = sequence.ROW._replace(kind="email_my_cart", section=EmailMyCart, on_request=True, about=LINES)
