"""Birthday: a calendar rule of the day in `traits.birthday`."""

from schemas.rules.calendar import Birthday
from streams.triggers.detectors import calendar
from streams.triggers.row import Row

ROW: Row = calendar.ROW._replace(kind="birthday", section=Birthday)
