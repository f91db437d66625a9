"""Every verdict with its reason: what `decisions` carries, what the metrics count and what `why` answers."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Wire
from schemas.outcomes.triggers import KindOnWire

Evidence = dict[str, int | str]


class Verdict(StrEnum):
    """What became of an occasion."""

    __hash__ = str.__hash__  # an Enum's own is a Python function

    FIRED = "fired"  # a trigger went out
    SUPPRESSED = "suppressed"  # it was due, and policy refused
    HELD_OUT = "held_out"  # it was due, and the person is one of those who are sent nothing, for comparison
    DEFERRED = "deferred"  # it was due, and is judged afresh later
    ENDED = "ended"  # the customer ended it before it was due
    CANCELLED = "cancelled"  # it had fired, and is taken back
    WOULD_HAVE_FIRED = "would_have_fired"  # as fired, but the rule is a shadow: nothing went out
    SUSPECTED = "suspected"  # a visitor behaves as no person does: nothing waits for it until a paid order
    ERASED = "erased"  # all that was known of the person is gone: the receipt of a wish to be forgotten


class Reason(StrEnum):
    """Why. A closed set: a reason that exists is returned, counted, documented and tested."""

    __hash__ = str.__hash__  # an Enum's own is a Python function

    DUE = "due"  # fired, or would have: nothing spoke against it
    ORDERED = "ordered"  # ended or cancelled: the person bought
    PAYMENT_PENDING = "payment_pending"  # ended, suppressed or cancelled: an order has come whose payment is open
    ORDER_REVERSED = "order_reversed"  # ended, suppressed or cancelled: the order that it counts from is none any more
    SUBSCRIBED = "subscribed"  # ended or cancelled: a subscription delivers the product
    CART_EMPTIED = "cart_emptied"  # ended: nothing is left in the cart
    ITEM_ADDED = "item_added"  # ended: browsing led to the cart
    UNDONE = "undone"  # ended: the person is no more what the rule found, or is again what was lost
    SEGMENT_EXCLUDED = "segment_excluded"  # suppressed: the person is in a segment that hears no marketing
    HAPPENED = "happened"  # ended: an event came that the rule names under `unless`
    RETURNED = "returned"  # ended: the person is here: the silence was none, or a run of steps has its answer
    CLICKED = "clicked"  # ended: a run of steps: the person has followed a link in its message
    REPLIED = "replied"  # ended: a run of steps: the person has answered its message
    OPENED = "opened"  # ended: a run of steps: the person has opened its message, and the rule asks for that
    DEEPER_STAGE = "deeper_stage"  # ended or suppressed: a deeper rung of the ladder speaks
    CART_HELD = "cart_held"  # suppressed: with the ladder, no browse reminder beside a cart
    ERASED = "erased"  # ended, suppressed, cancelled or erased: the person asked to be forgotten
    REPLACED = "replaced"  # cancelled: a newer change of the same says what there is to say
    SIGNED_UP_BEFORE = "signed_up_before"  # suppressed: the person turned out to have signed up before
    ASKED_FOR = "asked_for"  # suppressed: the person has just asked for the cart by mail
    DATE_GONE = "date_gone"  # ended: the person's date is not known any more
    MERGED = "merged"  # ended: two became one person, and the later occasion of the rule goes on
    EXCLUDED = "excluded"  # suppressed: the shop does not count the person, who is staff or a test
    SUSPECTED = "suspected"  # suppressed or ended: it was left by a visitor who behaves as no person does
    OPTED_OUT = "opted_out"  # suppressed or cancelled: the person asked for silence
    NOT_OPTED_IN = "not_opted_in"  # suppressed: the channel needs consent, and the person has given none
    ALREADY_CONVERTED = "already_converted"  # suppressed: a purchase is known, if only from the backlog
    HOLDOUT = "holdout"  # held out: the person is of the control group
    EXPIRED = "expired"  # suppressed: late is worse than never
    DEADLINE = "deadline"  # suppressed: it would have to wait for too long; ended: a run, by its rule's deadline
    QUIET_HOURS = "quiet_hours"  # deferred: the channel is silent now
    CONDITION = "condition"  # suppressed: the rule's `if` did not hold when it was due
    COOL_DOWN = "cool_down"  # suppressed: the same rule spoke lately
    CAPPED = "capped"  # suppressed or deferred: the person has heard as much as may be
    SETTLING = "settling"  # deferred: who else is due comes to light in a moment
    OUTRANKED = "outranked"  # suppressed or deferred: another trigger of the person was due, and was worth more
    GUARDED = "guarded"  # suppressed: the rule spoke to too many at once, and waits for an operator
    BELOW_THRESHOLD = "below_threshold"  # suppressed: too little in the cart, too little viewed
    FIRED_IN_SESSION = "fired_in_session"  # suppressed: one exit intent a session
    ORDERED_IN_SESSION = "ordered_in_session"  # suppressed: the session has its order
    NO_CYCLE = "no_cycle"  # ended: other purchases came to light, and nothing says how long the product lasts
    NOT_TOLD = "not_told"  # suppressed: products have never told of which category they are
    BEGAN_ANEW = "began_anew"  # ended: a run of steps, by a new occasion of its rule
    TOO_MANY = "too_many"  # ended: more occasions wait than are kept of one person
    RULE_GONE = "rule_gone"  # suppressed: the rulebook no longer has the rule
    BEFORE_ACTIVATION = "before_activation"  # suppressed: it counts from before the rule took effect
    PRICE_BACK = "price_back"  # ended or cancelled: the product costs again what it did
    NOT_IN_CART = "not_in_cart"  # ended or suppressed: the product is not in the cart any more
    LATE_ORDER = "late_order"  # cancelled: an order came to light that should have prevented it


class Decision(Wire):
    """One verdict on one occasion of one rule. Times in ms, UTC; `at_ms` is stream time. What is deferred is judged
    afresh at `until_ms`; `evidence` are the values that the verdict rests on, by plain names."""

    verdict: Verdict
    reason: Reason
    kind: KindOnWire
    rule_id: str
    rule_version: str
    profile: str
    visitor_id: str | None
    customer_id: str | None
    anchor_ms: int
    due_ms: int
    at_ms: int
    trigger_id: str
    step: int = 1
    until_ms: int | None = None
    evidence: Evidence = Field(default_factory=dict)
