"""What a rulebook says of all its rules together, in plain language: a sentence a setting that says something."""

from collections.abc import Iterator

from schemas.rules.policy import DAYS, Cap, QuietHours, clock_text
from schemas.rules.rulebook import CART_MERGES, Rulebook
from schemas.rules.words import duration_words

Said = tuple[str, str]
"""A setting, and what it means."""

NEEDS = {"opt_out": "that nobody has opted out", "soft_opt_in": "a purchase or consent", "opt_in": "consent"}
"""What marketing on a channel needs."""


def said_of_all(rulebook: Rulebook) -> Iterator[Said]:
    """In the order in which a trigger meets them; then what becomes of carts."""
    if rulebook.ladder:
        stages = "Search, browse, cart, checkout and payment are one occasion of a person"
        yield "ladder", f"{stages}: the deepest stage that a rule is about speaks, and ends the others."
    if rulebook.excluded_segments:
        yield "excluded_segments", f"Whoever is in {' or '.join(rulebook.excluded_segments)} hears no marketing."
    yield "consent", _consent(rulebook.consent)
    if rulebook.holdout is not None:
        yield (
            "holdout",
            f"{rulebook.holdout.percent:g}% of all persons are sent nothing, so that the rest can be compared.",
        )
    for window in rulebook.quiet_hours:
        yield "quiet_hours", _quiet(window, rulebook.zone)
    for cap in rulebook.caps:
        yield "caps", _cap(cap)
    if rulebook.arbitrates:
        yield "arbitration", _arbitration(rulebook)
    words = CART_MERGES[rulebook.cart_merge]
    yield (
        "cart_merge",
        f"When a visitor turns out to be a customer, {words}; a whole cart that is told later counts for itself.",
    )


def _consent(consent: str | dict[str, str]) -> str:
    if consent == "ignore":
        return "Opt-outs are not looked at: that is left to whoever sends."
    if isinstance(consent, str):
        return "Whoever has opted out hears nothing of what that is about."
    each = ", ".join(f"{NEEDS[needs]} on {channel}" for channel, needs in consent.items())
    return f"Marketing needs {each}; whoever has opted out hears nothing of what that is about."


def _quiet(window: QuietHours, zone: str) -> str:
    channel = "all channels" if window.channel is None else window.channel
    days = "Every day" if window.days == DAYS else f"On {', '.join(window.days)}"
    overnight = " of the next day" if window.ends <= window.begins else ""
    hours = f"from {clock_text(window.begins)} to {clock_text(window.ends)}{overnight}"
    clock = f"by the person's own clock, or that of {zone} where theirs is not known"
    return f"{days} nothing goes on {channel} {hours}, {clock}; what is due then waits until the end."


def _cap(cap: Cap) -> str:
    category = "" if cap.category is None else f" {cap.category}"
    channel = "" if cap.channel is None else f" on {cap.channel}"
    what = f"{category} message{'' if cap.max == 1 else 's'}{channel}"
    more = "is dropped" if cap.on_cap == "drop" else "waits until there is room"
    often = f"{cap.max}{what} in {duration_words(cap.per)}"
    return f"One person is sent at most {often}, by all rules together; what is more {more}."


def _arbitration(rulebook: Rulebook) -> str:
    within = f" within {duration_words(rulebook.settle)} of the first" if rulebook.settle else " at the same instant"
    others = "are dropped" if rulebook.gap is None else f"are judged again after {duration_words(rulebook.gap)}"
    first = "that of the highest priority, then of the higher value"
    return f"Of what is due to one person{within} one goes, {first}; the others {others}."
