"""Who is no customer: known bots, and persons whom the shop does not want to count. Their records mean nothing here.

Both are told before anything is known of a record but what it says itself, so nothing is kept of them. What is known by
behaviour alone stands in `streams.visits.pace`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.events.engagements import Engagement
from schemas.events.orders import Order
from schemas.events.plain_clicks import AnyClick
from schemas.state.profile import CUSTOMER


def nothing_known(text: str) -> bool:
    """For shops that have no list."""
    return False


@dataclass(frozen=True, slots=True)
class Traffic:
    """`is_bot` knows a bot by its user agent, `is_listed` by the address that it came from. `customers` and `visitors`
    are excluded by their ids, as they are kept; `domains` are those of mailboxes, in lower case."""

    is_bot: Callable[[str], bool] = nothing_known
    is_listed: Callable[[str], bool] = nothing_known
    customers: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @property
    def excludes_somebody(self) -> bool:
        """Whether anybody is on the list: nobody is looked for in an empty one."""
        return bool(self.customers or self.visitors or self.domains)

    def is_of_a_bot(self, context: Mapping[str, Any]) -> bool:
        """Whether the context of a click, `user_agent` (`userAgent`) and `ip`, is that of a known bot."""
        agent = context.get("user_agent") or context.get("userAgent")
        address = context.get("ip")
        return (isinstance(agent, str) and self.is_bot(agent)) or (isinstance(address, str) and self.is_listed(address))

    def excludes_click(self, click: AnyClick, visitor: str, customer: str | None) -> bool:
        """Whether the click is of somebody on the list, `email` among its traits included."""
        if self._excludes_visitor(visitor):
            return True
        if customer is not None and self.excludes_customer(customer):
            return True
        mailbox = None if click.traits is None else click.traits.get("email")
        return isinstance(mailbox, str) and self.excludes_customer(mailbox.strip().lower())

    def excludes_record(self, said: Order | Engagement) -> bool:
        """Whether the record is of somebody on the list."""
        visitor, customer = said.visitor_id, said.customer_id
        return (visitor is not None and self._excludes_visitor(visitor)) or (
            customer is not None and self.excludes_customer(customer)
        )

    def excludes(self, key: str) -> bool:
        """Whether the person of that profile is on the list."""
        id_ = key[len(CUSTOMER) :]
        return self.excludes_customer(id_) if key.startswith(CUSTOMER) else self._excludes_visitor(id_)

    def excludes_customer(self, customer: str) -> bool:
        """Whether that customer, or mailbox, is on the list."""
        return customer in self.customers or self._has_domain(customer)

    def _excludes_visitor(self, visitor: str) -> bool:
        return visitor in self.visitors or self._has_domain(visitor)

    def _has_domain(self, id_: str) -> bool:
        return "@" in id_ and bool(self.domains) and id_.rpartition("@")[2].lower() in self.domains


EVERYBODY = Traffic()
"""All traffic is of customers."""
