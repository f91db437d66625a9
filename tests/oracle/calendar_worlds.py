"""Seeded shops for calendar rules: few visits in years, many of them at the very time of a date, in zones all over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.oracle.records import EPOCH
from tests.oracle.worlds import DAY, MINUTE, SECOND, START, Json, SmallShop, World

ZONES = ["Europe/Vienna", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe", "UTC"]
YEARS = 4
END = START + YEARS * 365 * DAY
VISITS = 60


class CalendarShop(SmallShop):
    """People with dates; each has two devices, of which the second is never named before it is signed in."""

    def world(self) -> World:
        """All of it, in the order of time."""
        for person in range(10):
            self.zone = self.rng.choice(ZONES)
            self.birthday = f"{self.rng.randrange(1, 13):02}-{self.rng.randrange(1, 29):02}"
            now = START + self.rng.randrange(60) * DAY
            for visit in range(VISITS):
                if now >= END:
                    break
                now = self.visit(person, f"v{person}-{visit % 2 if visit > 6 else 0}", now)
                now = max(now + 40 * MINUTE, self.next_time(now))
        return self.recorded()

    def next_time(self, now: int) -> int:
        """Often exactly when the birthday is due: somewhere, some days before or after it, or so many days later."""
        rng = self.rng
        if rng.random() < 0.3:
            return now + rng.choice([1, 30, 299, 300, 301]) * DAY // rng.choice([1, 1, 3])
        there = ZoneInfo(rng.choice([self.zone, self.zone, *ZONES]))
        today = (EPOCH + timedelta(milliseconds=now)).date()
        month, day = (int(part) for part in self.birthday.split("-")[-2:])
        year = today.year + ((month, day) <= (today.month, today.day))
        hour, minute = rng.choice([(9, 0), (2, 30)])
        local = datetime(year, month, min(day, 28), hour, minute, tzinfo=there) - timedelta(
            days=rng.choice([0, 0, 7, 1])
        )
        return (local.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1) + rng.choice([-1, 0, 0, 1])

    def visit(self, person: int, device: str, now: int) -> int:
        """Some clicks, of which some say something; when the last one was."""
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2, 4])):
            said: Json = {"visitor_id": device}
            if rng.random() < 0.5:
                said["customer_id"] = f"c{person}"
            if rng.random() < 0.2:
                self.zone = rng.choice(ZONES)
            if rng.random() < 0.5:
                said["context"] = {"timezone": self.zone, "locale": "de-AT"}
            if rng.random() < 0.35:
                said["traits"] = self.traits(now)
            kind = rng.choice(
                ["page_viewed", "page_viewed", "identified", "subscribed", "registered", "order_completed"]
            )
            if kind in ("subscribed", "registered", "order_completed") and rng.random() < 0.8:
                kind = "page_viewed"
            if kind == "order_completed":
                said["order_id"] = f"O{person}-{rng.randrange(9)}"
            self.keep(self.clicks, kind, now, said)
            now += rng.choice([0, 1, SECOND, 2 * SECOND, MINUTE])
        if rng.random() < 0.1:
            order = {"customer_id": f"c{person}", "order_id": f"O{person}-{rng.randrange(9)}"}
            self.keep(self.orders, "order_placed", now, order)
        return now

    def traits(self, now: int) -> Json:
        """Mostly what is known; a mended birthday, one of a leap year, one that is none; a day to come."""
        rng = self.rng
        told: Json = {"name": "ada"}
        chance = rng.random()
        if chance < 0.25:
            day = EPOCH + timedelta(milliseconds=now) + timedelta(days=rng.choice([-1, 0, 1, 7, 8, 299, 300, 301, 307]))
            self.birthday = f"{day:%m-%d}"
        elif chance < 0.35:
            self.birthday = "02-29"
        told["birthday"] = self.birthday if rng.random() < 0.5 else f"{rng.choice([1996, 2000])}-{self.birthday}"
        if rng.random() < 0.08:
            told["birthday"] = rng.choice(["soon", "2025-02-29", "13-01"])
        if rng.random() < 0.3:
            day = EPOCH + timedelta(milliseconds=now) + timedelta(days=rng.randrange(-20, 400))
            told["ends"] = f"{day:%Y-%m-%d}"
        if rng.random() < 0.05:
            told["timezone"] = rng.choice(ZONES)
        return told


def calendar_world(seed: int) -> World:
    """The world of that seed."""
    return CalendarShop(seed).world()
