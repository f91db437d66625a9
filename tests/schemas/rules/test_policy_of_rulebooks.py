"""What a rulebook says about whom it may speak to, when and how often; each mistake has a plain sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rules.policy import clock_minute, clock_text
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from schemas.rules.words import DAY_MS, HOUR_MS, duration_brief, duration_ms

ONE = "rules:\n  - {id: cart, kind: cart_abandonment, wait: 60m"


def book(head: str = "", rule: str = "") -> Rulebook:
    """A rulebook of one rule."""
    return rulebook_from_text(f"name: shop\n{head}{ONE}{rule}}}\n", "shop.yaml")


def test_nothing_of_it_is_on_unless_it_is_said() -> None:
    """A rulebook of before means what it meant."""
    said = book()
    (rule,) = said.rules
    assert (said.holdout, said.quiet_hours, said.caps, said.settle, said.gap) == (None, (), (), None, None)
    assert (said.zone, said.arbitrates) == ("UTC", False)
    assert (rule.channels, rule.category, rule.priority, rule.holdout, rule.guard) == (
        (),
        "marketing",
        None,
        True,
        None,
    )


def test_hours_may_be_written_with_quotes_or_without() -> None:
    """YAML would make 1260 of an unquoted 21:00, and a text of 08:00; a rulebook means what it says."""
    (window,) = book("quiet_hours: [{channel: sms, days: [sat], from: 21:00, to: 08:00}]\n").quiet_hours
    assert (window.channel, window.days, window.begins, window.ends) == ("sms", ("sat",), 21 * 60, 8 * 60)
    assert book('quiet_hours: [{from: "21:00", to: "24:00"}]\n').quiet_hours[0].ends == 1440


@given(st.integers(0, 1440))
def test_a_time_of_day_is_read_as_it_is_written(minute: int) -> None:
    """There and back."""
    assert clock_minute(clock_text(minute)) == minute


@given(st.integers(1, 10**9))
def test_a_duration_in_words_is_the_same_duration(ms: int) -> None:
    """With the largest unit that goes into it."""
    assert duration_ms(duration_brief(ms)) == ms
    assert (duration_brief(16 * HOUR_MS), duration_brief(30 * DAY_MS)) == ("16h", "30d")


def test_a_rulebook_that_is_written_is_read_as_the_same() -> None:
    """As it is published."""
    said = book(
        "zone: Europe/Vienna\nquiet_hours: [{from: '21:00', to: '08:00'}]\nholdout: {percent: 2.5, salt: a}\n"
        "caps: [{max: 1, per: 16h, channel: email, category: marketing, on_cap: defer}]\nsettle: 0s\ngap: 2h\n",
        ", channels: [email, sms], priority: 2, holdout: false, guard: {max: 5, per: 1h, released: again}",
    )
    assert Rulebook.model_validate(said.model_dump(mode="json")) == said


@pytest.mark.parametrize(
    ("head", "rule", "arbitrates"),
    [
        ("", "", False),
        ("settle: off\n", "", False),
        ("settle: 0s\n", "", True),
        ("gap: 2h\n", "", True),
        ("", ", priority: 0", True),
    ],
)
def test_arbitration_is_on_where_somebody_speaks_of_it(head: str, rule: str, arbitrates: bool) -> None:
    """A `settle`, a `gap`, or a priority."""
    assert book(head, rule).arbitrates is arbitrates


@pytest.mark.parametrize(
    ("head", "rule", "mistake"),
    [
        ("zone: Europe/Wien\n", "", "2: zone: 'Europe/Wien' is no time zone; did you mean 'Europe/"),
        ("zone: 7\n", "", "2: zone: 7 is no time zone; write one such as Europe/Vienna or UTC"),
        ("holdout: {percent: 0}\n", "", "2: holdout.percent: 0 is too small; write more than 0"),
        ("holdout: {percent: 100}\n", "", "2: holdout.percent: 100 is too large; write less than 100"),
        ("holdout: {percent: 0.001}\n", "", "2: holdout: 0.001 per cent is finer than can be drawn; write at most"),
        (
            "quiet_hours: [{from: 9pm, to: '08:00'}]\n",
            "",
            "2: quiet_hours.0.from: '9pm' is no time of day; write hours and minutes, such as 21:30 or 09:00",
        ),
        (
            "quiet_hours: [{from: '24:30', to: '08:00'}]\n",
            "",
            "2: quiet_hours.0.from: '24:30' is no time of day; write hours and minutes",
        ),
        (
            "quiet_hours: [{from: '08:00', to: '08:00'}]\n",
            "",
            "2: quiet_hours.0: quiet hours from 08:00 to the same time are none; for the whole day write from",
        ),
        ("quiet_hours: [{from: '24:00', to: '08:00'}]\n", "", "2: quiet_hours.0: quiet hours cannot begin at 24:00"),
        (
            "quiet_hours: [{from: '21:00', to: '08:00', channel: E-Mail}]\n",
            "",
            "2: quiet_hours.0.channel: 'E-Mail' is no channel; write a short name in small letters",
        ),
        (
            "quiet_hours: [{from: '21:00', to: '08:00', days: [day]}]\n",
            "",
            "2: quiet_hours.0.days.0: 'day' is none of mon, tue, wed, thu, fri, sat, sun",
        ),
        ("caps: [{max: 0, per: 1d}]\n", "", "2: caps.0.max: 0 is too small; write at least 1"),
        ("caps: [{max: 101, per: 1d}]\n", "", "2: caps.0.max: 101 is too large; write at most 100"),
        (
            "caps: [{max: 1, per: 91d}]\n",
            "",
            "2: caps.0: a cap per 91d looks back too far; what was sent is remembered for 90d, so write at most that",
        ),
        ("caps: [{max: 1, per: 1d, on_cap: wait}]\n", "", "2: caps.0.on_cap: 'wait' is none of drop, defer"),
        ("gap: 0s\n", "", "2: gap: "),
        (
            "",
            ", channel: email, channels: [sms]",
            "3: rules.0.cart_abandonment: a rule has a `channel`, or several `channels`; name them once",
        ),
        ("", ", channel: 5", "3: rules.0.cart_abandonment.channels.0: 5 is no channel; write a short name"),
        (
            "",
            ", category: news",
            "3: rules.0.cart_abandonment.category: 'news' is none of marketing, transactional",
        ),
        ("", ", guard: {max: 0, per: 1h}", "3: rules.0.cart_abandonment.guard.max: 0 is too small; write at least 1"),
    ],
)
def test_a_mistake_has_its_line_and_its_mend(head: str, rule: str, mistake: str) -> None:
    """One sentence."""
    with pytest.raises(RulebookRefused) as refused:
        book(head, rule)
    (said,) = refused.value.mistakes
    assert said.startswith(f"shop.yaml:{mistake}"), said


def test_a_channel_that_no_rule_has_is_cautioned_of() -> None:
    """It is allowed, and most likely not meant."""
    (said,) = book("caps: [{max: 1, per: 1d, channel: email}, {max: 2, per: 2d, channel: email}]\n").cautions
    assert said.startswith("caps names the channel 'email', which no rule has, so it concerns none; write `channel: ")
    assert book("caps: [{max: 1, per: 1d, channel: email}]\n", ", channel: email").cautions == ()
