"""A channel is silent at certain hours of the day."""

from datetime import timedelta

from schemas.outcomes.decisions import Reason
from schemas.rules.policy import DAYS, QuietHours
from streams.person.traits import zone_of
from streams.policy.asked import Asked
from streams.policy.consent import channel_of
from streams.policy.outcomes import ALLOWED, Deferred, Outcome
from streams.time.local_time import instant_of, local_day

ONE_DAY = timedelta(days=1)


def quiet_hours(asked: Asked) -> Outcome:
    """Defer to the end of the window by the person's own clock, an instant that is quiet no more. Who is answered on
    the spot, or has asked for it, is awake."""
    book = asked.case.rulebook
    if not book.quiet_hours or asked.is_answered_on_the_spot or asked.row.on_request:
        return ALLOWED
    channel = channel_of(asked)
    windows = [window for window in book.quiet_hours if window.channel in (None, channel)]
    zone = zone_of(asked.case.person, book)
    until = max([end for window in windows if (end := quiet_until(window, asked.at, zone))], default=None)
    if until is None:
        return ALLOWED
    return Deferred(until, Reason.QUIET_HOURS, {"zone": zone})


def quiet_until(window: QuietHours, at: int, zone: str) -> int | None:
    """The end, ms, of the window that the instant lies in, its begin included; None if it lies in none. One that began
    yesterday may last until today."""
    today = local_day(at, zone)
    for day in (today, today - ONE_DAY):
        if DAYS[day.weekday()] in window.days:
            last_day = day + ONE_DAY if window.ends <= window.begins else day
            begin, end = instant_of(day, window.begins, zone), instant_of(last_day, window.ends, zone)
            if begin <= at < end:
                return end
    return None
