"""The topics by their role. What they are called on a given cluster is a setting."""

from enum import StrEnum


class Topic(StrEnum):
    """A topic's role, which is also its name unless the settings say otherwise."""

    CLICKSTREAM = "clickstream"
    ORDERS = "orders"
    ENGAGEMENTS = "engagements"
    VISITOR_INBOX = "visitor-inbox"
    CUSTOMER_INBOX = "customer-inbox"
    TRIGGERS = "triggers"
    DECISIONS = "decisions"
    DELIVERIES = "deliveries"
    DEAD_LETTERS = "dead-letters"
    SESSIONS_CHANGELOG = "sessions-changelog"
    INTAKE_CHANGELOG = "intake-changelog"
    CUSTOMERS_CHANGELOG = "customers-changelog"
