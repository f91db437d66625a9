"""Anniversary: a calendar rule of the day of the person's first order."""

from schemas.rules.calendar import Anniversary
from streams.triggers.detectors import calendar
from streams.triggers.row import Row

ROW: Row = calendar.ROW._replace(kind="anniversary", section=Anniversary)
