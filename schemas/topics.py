"""The topics by their role. What they are called on a given cluster is a setting."""

from enum import StrEnum


class Topic(StrEnum):
    """A topic's role, which is also its name unless the settings say otherwise."""

    __hash__ = str.__hash__  # an Enum's own is a Python function

    RULEBOOKS = "rulebooks"
    CLICKSTREAM = "clickstream"
    ORDERS = "orders"
    ENGAGEMENTS = "engagements"
    CATALOG = "catalog"
    CUSTOMER_INBOX = "customer-inbox"
    VISITOR_INBOX = "visitor-inbox"
    PRODUCT_INBOX = "product-inbox"
    PRODUCTS = "products"
    TRIGGERS = "triggers"
    DECISIONS = "decisions"
    DELIVERIES = "deliveries"
    DEAD_LETTERS = "dead-letters"
    SESSIONS_CHANGELOG = "sessions-changelog"
    INTAKE_CHANGELOG = "intake-changelog"
    CUSTOMERS_CHANGELOG = "customers-changelog"
    PRODUCTS_CHANGELOG = "products-changelog"


SOURCES = (Topic.CLICKSTREAM, Topic.ORDERS, Topic.ENGAGEMENTS, Topic.CATALOG)
"""What shops send. A replay takes what is of one time in this order."""

INBOXES = (Topic.CUSTOMER_INBOX, Topic.VISITOR_INBOX, Topic.PRODUCT_INBOX)
"""Where the stages tell each other: facts, and the watermarks of whoever writes them."""
