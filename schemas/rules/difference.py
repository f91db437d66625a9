"""What differs between two rulebooks, rule by rule, in plain words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from schemas.rules.rulebook import Rulebook
from schemas.rules.words import DURATION, UNITS_MS, duration_brief, duration_words, moment_ms, moment_words

_ABSENT = "absent"
MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$")
"""A time as a rule's fields say it."""

MEANS = {
    "session_gap": "visits that are open go by the new gap from then on",
    "cart_merge": "carts that have met already stay as they are",
}
"""What a change of that setting does to what is there already, where that is not plain."""


class Difference(NamedTuple):
    """One rule, or the settings of the whole rulebook (then `rule` is None), and what has become of it: `added`,
    `removed` or `changed`. `changes` say from what to what, a sentence each; `reading` is the rule as it is now."""

    rule: str | None
    what: str
    changes: tuple[str, ...] = ()
    reading: str = ""


def differences(before: Rulebook, after: Rulebook) -> Iterator[Difference]:
    """What `after` changes: first the settings of all, then its rules in their order, then the rules that go."""
    settings = tuple(_changes(_settings(before), _settings(after)))
    if settings:
        yield Difference(None, "changed", settings)
    for rule in after.rules:
        old = before.by_id.get(rule.id)
        if old is None:
            yield Difference(rule.id, "added", reading=rule.reading)
        elif changes := tuple(_changes(old.fields, rule.fields)):
            yield Difference(rule.id, "changed", changes, rule.reading)
    for rule in before.rules:
        if rule.id not in after.by_id:
            yield Difference(rule.id, "removed", ("what waits for it ends with `rule_gone`",))


def _settings(rulebook: Rulebook) -> dict[str, Any]:
    return rulebook.model_dump(mode="json", exclude={"rules"})


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*after, *before]):
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if old != new:
            meaning = f" ({MEANS[name]})" if name in MEANS else ""
            yield f"{name}: {_said(old)} becomes {_said(new)}{meaning}"


def _said(value: Any) -> str:
    """A value of its own in words."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "yes" if value else "no"
    ms = _duration_of(value)
    return _written(value) if ms is None else duration_words(ms)


def _written(value: Any) -> str:
    """As a rulebook writes it; what says nothing is left out."""
    if isinstance(value, Mapping):
        said = [f"{name}: {_written(inner)}" for name, inner in value.items() if inner not in (None, [], False)]
        return f"{{{', '.join(said)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]" if value else "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    ms = _duration_of(value)
    if ms is not None:
        return duration_brief(ms) if ms else "0s"
    moment = MOMENT.match(value) if isinstance(value, str) else None
    return str(value) if moment is None else moment_words(moment_ms(value))


def _duration_of(value: Any) -> int | None:
    match = DURATION.match(value) if isinstance(value, str) else None
    return None if match is None else int(match[1]) * UNITS_MS[match[2]]
