"""What words say of how a payment stands, of a wish, and of yes or no: in any case, and in the words of shops."""

import re
from decimal import Decimal

from schemas.events.engagements import WISHES, EngagementType
from schemas.events.orders import PaymentState
from schemas.mending.values import ABSENT, Read, dropped, is_empty, read_type, word_of
from schemas.outcomes.dead_letters import Oddity, Rejection

PAYMENT_WORDS: dict[str, PaymentState] = {
    **{state.value: state for state in PaymentState},
    **dict.fromkeys(
        (
            *("pending_payment", "payment_pending", "awaiting_payment", "unpaid", "not_paid", "unconfirmed"),
            *("requires_payment_method", "requires_confirmation", "requires_action", "checkout_draft"),
            *(
                "payment_required",
                "payment_due",
                "waiting_for_payment",
                "payment_initiated",
                "initiated",
                "not_charged",
            ),
            *("awaiting", "pending_paypal", "payer_action_required", "redirect_shopper", "challenge_shopper"),
            *("identify_shopper", "incomplete", "checkout_incomplete"),
        ),
        PaymentState.PENDING,
    ),
    **dict.fromkeys(("authorised", "preauthorized", "requires_capture", "approved"), PaymentState.AUTHORIZED),
    **dict.fromkeys(
        (
            *("complete", "completed", "captured", "succeeded", "success", "successful", "settled"),
            *("partially_paid", "paid_partially", "no_payment_required", "partially_refunded", "refunded_partially"),
        ),
        PaymentState.PAID,
    ),
    **dict.fromkeys(
        (
            *("cod", "cash_on_delivery", "bank_transfer", "banktransfer", "wire_transfer", "bacs", "cheque", "check"),
            *("invoice", "on_hold", "onhold", "prepayment"),
        ),
        PaymentState.OFFLINE,
    ),
    **dict.fromkeys(
        (
            *("declined", "denied", "rejected", "refused", "failure", "error", "payment_failed", "payment_error"),
            *("payment_declined", "card_declined", "processor_declined", "settlement_declined", "gateway_rejected"),
            *("authorization_failed", "authorisation_failed", "auth_failed", "abandoned"),
        ),
        PaymentState.FAILED,
    ),
    **dict.fromkeys(
        ("timed_out", "timeout", "payment_expired", "authorization_expired", "authorisation_expired"),
        PaymentState.EXPIRED,
    ),
    **dict.fromkeys(
        ("void", "cancelled", "canceled", "cancel", "payment_cancelled", "payment_canceled", "cancelled_by_customer"),
        PaymentState.VOIDED,
    ),
}
"""What shops and payment services call the states. A word that means one thing here and another there is not among
them: `processing` is paid to one shop, and open to another. An order `on-hold` waits for a transfer or a cheque."""

GIVEN_BACK = "refunded"
"""Of an order of which all was paid back: no state of a payment, but what became of the order."""

_GIVEN_BACK = frozenset({GIVEN_BACK, "fully_refunded", "refunded_fully", "full_refund"})

_OF_WOOCOMMERCE = "wc_"
"""How WooCommerce's database writes a state, in front of it."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Between the words of `PendingPayment`."""

WISH_WORDS: dict[str, EngagementType] = {
    **{wish.value: wish for wish in WISHES},
    **dict.fromkeys(
        (
            *("opt_out", "optout", "optedout", "unsubscribe", "unsubscribed", "list_unsubscribe", "email_unsubscribe"),
            *(
                "email_unsubscribed",
                "message_unsubscribed",
                "customer_unsubscribed",
                "unsubscribed_from_email_marketing",
            ),
            *("complaint", "complained", "email_complaint", "email_complained", "message_complained", "spam_complaint"),
            *("spam_report", "spam_reported", "spamreport", "email_spammed", "mark_as_spam", "marked_as_spam"),
            *("marked_email_as_spam", "do_not_contact"),
        ),
        EngagementType.OPTED_OUT,
    ),
    **dict.fromkeys(("customers_redact", "erasure_request", "forget_me"), EngagementType.ERASURE_REQUESTED),
}
"""What mail services and shops call it that somebody wants to hear nothing, or to be forgotten. Nobody is written to
because of how a wish was written; to agree to something, our own word is needed. A refusal of a group is not among
them: it leaves the rest."""

FLAGS: dict[object, bool] = {
    **dict.fromkeys((True, "true", "t", "1", "yes", "y", "on"), True),
    **dict.fromkeys((False, "false", "f", "0", "no", "n", "off"), False),
}
"""How a yes or no is written: 1 is True, and 0 is False, as numbers too."""


def read_flag(value: object) -> Read:
    """A yes or no, also as a text or a number of it."""
    if is_empty(value):
        return ABSENT
    said = word_of(value) if isinstance(value, str) else value
    if isinstance(said, Decimal | int | str) and said in FLAGS:
        return Read(FLAGS[said])
    return dropped(Rejection.TYPE)


def words_in(value: object) -> str:
    """The words of a text in our way of writing: small letters, with `_` between them; "" of what is no text."""
    return re.sub(r"[\s/.-]+", "_", word_of(_HUMP.sub("_", value))) if isinstance(value, str) else ""


def read_engaged(value: object) -> Read:
    """What an engagement tells of: a wish also in the words of mail services and shops, in any case."""
    read = read_type(value)
    wish = WISH_WORDS.get(words_in(read.said))
    return read if wish is None or read.said == wish else Read(wish.value, Oddity.TYPE_SYNONYM)


def read_payment(value: object) -> Read:
    """How a payment stands, in any case, and in the words of shops and payment services; or GIVEN_BACK. Of any other
    word nothing is known: an order is a purchase then, as where none is told."""
    if is_empty(value):
        return ABSENT
    word = words_in(value).removeprefix(_OF_WOOCOMMERCE)
    if word in _GIVEN_BACK:
        return Read(GIVEN_BACK)
    state = PAYMENT_WORDS.get(word)
    if state is None:
        return Read(None, Oddity.PAYMENT_UNKNOWN, Rejection.TYPE)
    return Read(state, None if word == state else Oddity.PAYMENT_SYNONYM)
