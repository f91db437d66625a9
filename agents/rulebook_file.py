"""The rulebook's file: where it is, and what a wrong one says."""

import logging
from pathlib import Path

from schemas.rulebook import Rulebook
from schemas.rulebook_text import RulebookRefused, rulebook_from_text

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "rulebooks"
DEFAULT = "preset"


def shipped_rulebooks() -> list[str]:
    """The names of the rulebooks that come with Afterclick."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_rulebook(rulebook: Path | None) -> Rulebook:
    """The rulebook of that file, or the shipped one of that name; `preset` when None. What is most likely not
    meant is said in the log. Raises RulebookRefused."""
    path = rulebook if rulebook is not None else Path(DEFAULT)
    shipped = SHIPPED / f"{path}.yaml"
    if not path.exists() and shipped.exists():
        path = shipped
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(shipped_rulebooks())
        raise RulebookRefused([f"{path}: cannot be read ({error}); name a file, or one of: {names}"]) from error
    loaded = rulebook_from_text(text, str(path))
    for caution in loaded.cautions:
        log.warning("%s: %s", path, caution)
    return loaded
