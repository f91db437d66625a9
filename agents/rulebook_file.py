"""The rulebook's file: where it is, and what a wrong one says."""

import logging
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from agents.file_errors import why_not_read
from agents.settings.settings import Settings
from schemas.rules.base import RuleBase
from schemas.rules.message import Message
from schemas.rules.rulebook import Rulebook
from schemas.rules.text import RulebookRefused, rulebook_from_text
from schemas.rules.timed import TimedRule
from streams.triggers.rule_conditions import mistakes_in

log = logging.getLogger(__name__)


class Written(NamedTuple):
    """A rulebook with the text that says it."""

    rulebook: Rulebook
    text: str


SHIPPED = Path(__file__).parent / "rulebooks"
DEFAULT = "preset"


def shipped_rulebooks() -> list[str]:
    """The names of the rulebooks that come with Afterclick."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def misfits(rulebook: Rulebook, settings: Settings) -> list[str]:
    """One sentence for each rule whose destination, or pool of codes, the settings do not have: its triggers would be
    dead letters, or suppressed.

    None where nothing is dispatched: then whoever reads the trigger topic knows what these mean.
    """
    if not settings.dispatch.delivers:
        return []
    return [*_unknown_destinations(rulebook, settings), *_unknown_pools(rulebook, settings)]


def _unknown_pools(rulebook: Rulebook, settings: Settings) -> Iterator[str]:
    known = settings.dispatch.code_pools
    for rule in rulebook.rules:
        pools = {message.offer.code_pool for message in _messages(rule) if message.offer is not None}
        for pool in sorted(pool for pool in pools if pool is not None and pool not in known):
            has = f"has only {', '.join(map(repr, known))}" if known else "has none"
            yield (
                f"rule {rule.id!r} takes codes from the pool {pool!r}, and setting dispatch.code_pools {has}"
                f"{_nearest(pool, known)}"
            )


def _messages(rule: RuleBase) -> Iterator[Message]:
    steps = rule.steps if isinstance(rule, TimedRule) else ()
    return (message for message in (rule.message, *(step.message for step in steps)) if message is not None)


def _unknown_destinations(rulebook: Rulebook, settings: Settings) -> list[str]:
    known = settings.dispatch.destinations
    return [
        f"rule {rule.id!r} names the destination {rule.destination!r}, and setting dispatch.destinations has only "
        f"{', '.join(map(repr, known))}{_nearest(rule.destination, known)}"
        for rule in rulebook.rules
        if rule.destination not in known
    ]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


class NoRulebook(RulebookRefused):
    """There is no such file, or it is none that can be read."""


def load_rulebook(rulebook: Path | None) -> Rulebook:
    """The rulebook of that file, as `read_rulebook` reads it. Raises RulebookRefused."""
    return read_rulebook(rulebook).rulebook


def read_rulebook(rulebook: Path | None) -> Written:
    """The rulebook of that file, or the shipped one of that name, with its text; `preset` when None. What is most
    likely not meant is said in the log. Raises RulebookRefused, NoRulebook among them."""
    path = rulebook if rulebook is not None else Path(DEFAULT)
    shipped = SHIPPED / f"{path}.yaml"
    if not path.exists() and shipped.exists():
        path = shipped
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = f"{path} is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else why_not_read(path, error)
        raise NoRulebook([f"{why}; name a rulebook file, or one of: {', '.join(shipped_rulebooks())}"]) from error
    loaded = rulebook_from_text(text, str(path), mistakes_in)
    for caution in loaded.cautions:
        log.warning("%s: %s", path, caution)
    return Written(loaded, text)
