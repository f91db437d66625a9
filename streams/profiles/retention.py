"""How long a person is known of whom nothing is heard any more."""

from schemas.rules.rulebook import Rulebook
from schemas.state.profile import CUSTOMER


def retention_of(key: str, rulebook: Rulebook) -> int:
    """How long, ms, the profile of that key is kept that says nothing special."""
    return rulebook.customer_retention if key.startswith(CUSTOMER) else rulebook.retention
