"""The sixty rows of the reference's table: what each is about, and what the corpus does not say of it."""

from typing import NamedTuple


class Row(NamedTuple):
    """A row of the table. `note` says what the corpus cannot show: where it is tested, or why ours differs."""

    about: str
    note: str = ""
    differs: bool = False


ROWS: dict[int, Row] = {
    1: Row("empty value"),
    2: Row("tombstone"),
    3: Row("JSON, but no object"),
    4: Row("broken JSON"),
    5: Row("not UTF-8"),
    6: Row("lone surrogate"),
    7: Row("control characters in an id", "Ids of all topics are cleaned alike, so an order's id with a line break "
           "behind it meets the one without. A click's key is the visitor's id as it is written, or as it is kept."),
    8: Row("ids that look alike", "Texts stay as they are: of a click's texts `restore_url` alone is passed on, to a "
           "message whose rule asks for it. Blanks around an id are cut off."),
    9: Row(
        "too much",
        "The size is judged before a byte is parsed: 1 MB, as much as Kafka takes unless it is told otherwise, "
        "so that a large order is not refused. A fetch takes 4 MB of a partition at a time. For an event, an "
        "order or a person whose id has more than 256 characters stands its SHA-256, the same on all topics: "
        "dropped beside another, an owner's would leave behind the cart that was filled under it. Of a product, "
        "a cart or a store it would say nothing to anybody.",
    ),
    10: Row("too deep", "The parser counts, and stops at 200 levels."),
    11: Row("another format"),
    12: Row(
        "compression bomb, unreadable batch",
        "The broker's `max.message.bytes` bounds the compressed batch, not what it unpacks to. A batch that fails its "
        "checksum ends the process (70), before anything of it is committed.",
        differs=True,
    ),
    13: Row("no number"),
    14: Row("a number that cannot be held", "An amount is unknown then, and the record counts. The largest amount is "
            "10,000,000,000,000, the largest quantity 1,000,000,000."),
    15: Row(
        "price in a string",
        "The contract has decimals in strings. What Python reads as one (`+1`, `.5`) is one. An item that is "
        "added or removed in a quantity that is none is one piece. `1_000` is a number to Python alone.",
    ),
    16: Row(
        "below zero",
        "An order for nothing is a purchase too: refused, it would leave its cart to be reminded of. A line "
        "below zero is a discount or a correction: no product, and a part of the total. An item that is added "
        "or removed below zero is one piece.",
        differs=True,
    ),
    17: Row(
        "currency",
        "Decimals are counted by the currency, and rounded half to even. An amount in a currency that is none, or in "
        "a second one, is unknown: 50 of something are not 50 euros. A cart with an unknown price, or that two records "
        "fill in two currencies, has no value, and meets no `min_cart_value` above 0.",
    ),
    18: Row(
        "missing field",
        "A whole cart of nothing, be it `[]`, `{}` or null, is an emptied cart: so PHP and Go write one. "
        "Without `lines`, or with lines of which none is a product, a whole cart says nothing of what is in it: "
        "it counts as a click, and the cart stays as it is known, since one that is taken for empty would be "
        "reminded of no more. A wish to hear nothing, or to be forgotten, needs a person and a time: its id is "
        "the digest of its bytes if it has none.",
    ),
    19: Row("unknown field"),
    20: Row(
        "unknown type, test, machine",
        "An order that says `test: true` is nobody's, and moves no clock. Nor does what a machine has done with a "
        "message, or agreed to; an opt-out is heard of anybody. A wish to hear nothing, or to be forgotten, may be "
        "told in the words of mail services.",
    ),
    21: Row("a name twice", "The same value twice is no contradiction; a detail with two values has none. "
            "Some names with a blank before the colon and "
            "some without may hide a double in a click: then the last one counts."),
    22: Row(
        "a field in two spellings",
        "The contract's own name is the field. Another spelling of it is the platform's, whatever it says: its "
        "`Type`, its `eventId`, also its `customerId`. To whom the key and every other record refer is who is "
        "named by our name.",
        differs=True,
    ),
    23: Row(
        "version",
        "A record without one is of version 1: the contract requires no version. A wish to hear nothing, or to "
        "be forgotten, is heard in any version.",
        differs=True,
    ),
    24: Row("an id that is none", "The list is the setting `nobodies`; it holds for visitors and customers. Whoever "
            "of the two is somebody has the record. Visits without a visitor are kept by customer, and by "
            "partition. For the id of an event that says that there is none stands the digest of its bytes, since all "
            "of them would be repeats of the first; a purchase stands for itself; a cart has none."),
    25: Row("ids that differ by case or blanks", "Blanks are cut off. In another case it is somebody else, but for an "
            "e-mail address, and for a customer's UUID. A visitor's UUID keeps its case: as it is written it is the "
            "key of the clicks, and leads what is told of the visitor to their partition. Counted (`similar_id`) where "
            "the known one is the plain form of a new visitor's; finding all pairs would take a second index of all "
            "visitors.", differs=True),
    26: Row("session id of two customers", "Sessions are computed from clicks; a producer's session id is not read, so "
            "nothing can conflict, and nothing is counted.", differs=True),
    27: Row("merge cycle", "A visitor is linked to customers, a customer to nobody: no cycles. Who returns to "
            "an earlier customer is that customer from then on (tests/stories/test_identity.py).", differs=True),
    28: Row("no time", "A wish to hear nothing, or to be forgotten, counts when it was taken. So does one of the "
            "future, or of the distant past."),
    29: Row("another unit of time", "A whole number of seconds of 2000 to 2100 is one; as milliseconds it would be "
            "early 1970."),
    30: Row("the future", "Up to 24 hours ahead it counts at the broker's time, and `clock_ahead` counts it."),
    31: Row("the distant past", "Without any effect: clicks older than the rulebook's `retention`, and any record that "
            "is 20 years old. An order may come later than a click: it still counts for `lapse`."),
    32: Row("late"),
    33: Row("a producer's clock behind", "`lateness_seconds` shows how late by topic; there is no gauge by source, "
            "since records name none. A click whose `sent_at` is more than a minute off the broker's time is put right "
            "by it, and counted: tests/streams/test_clocks.py.", differs=True),
    34: Row("equal times", "tests/stories/test_bad_and_odd_input.py"),
    35: Row(
        "zones",
        "All is UTC inside, and times have an offset. A zone's name beside an offset is passed over; alone it says "
        "enough only if it is UTC's. In which zone a person lives is told apart from times, by `context.timezone` or "
        "`traits.timezone` (tests/stories/test_calendar.py, tests/stories/test_quiet_hours.py).",
    ),
    36: Row("the same record again", "`duplicate`: tests/stories/test_bad_and_odd_input.py. The profile that they "
            "belong to knows the last 32 records of orders and engagements."),
    37: Row("the same id with other content", "The first wins, and the other is counted as a duplicate: to tell a "
            "conflict needs a digest of every record kept, and a producer that repeats a record with a new `sent_at` "
            "would fill the dead letters.", differs=True),
    38: Row("a repeat after its window", "Ids are remembered for 24 hours, at most 512 a visitor; after that only the "
            "trigger id keeps a repeat from a second message."),
    39: Row("a day again", "tests/stories/test_bad_and_odd_input.py"),
    40: Row("orders out of order", "tests/stories/test_taking_back.py, tests/oracle/"),
    41: Row("total and lines differ", "Discounts count, and the lines as they were told, before they are rounded."),
    42: Row(
        "an order without items, or paid in other words",
        "What has been sent stays sent; the trigger is taken back. A payment's state may be told in the words "
        "of shops and payment services; of a word that nobody knows nothing is known, and the order is a "
        "purchase. `on-hold` waits for a transfer or a cheque: the order is one.",
    ),
    43: Row("wrong key", "An order's or an engagement's key may be any of its owners', or missing: it is sent on to "
            "its owner. Producers of clicks place them by the partitioner that `clickstream_partitioner` names: "
            "librdkafka's is not Java's. `foreign_partition` counts visitors who are elsewhere, among the first 1,000 "
            "new ones after each start.", differs=True),
    44: Row("partitions added", "Refused: exit code 78 (tests/agents/worker/)."),
    45: Row("headers", "Never read, but for content type and event type of triggers. One whose name is no UTF-8 stops "
            "aiokafka's reader: ours reads on without headers (tests/contracts/test_bare_records.py). On `triggers`, "
            "where only Afterclick writes, it ends the dispatcher with 70."),
    46: Row("gaps in the offsets", "Every end-to-end test: transaction markers are gaps."),
    47: Row("timestamp type", "The clock of the fetch stands in for the broker's, with a warning at the start; on "
            "the inboxes it is refused."),
    48: Row("hot key", "What is kept of a person is bounded, in bytes (tests/properties/test_hostile.py); `hot_key` "
            "counts more than 500 clicks at a time. All clicks count. A person whose record would be too large all the "
            "same is put aside (`put_aside`): a dead letter, and whatever else they do is ignored."),
    49: Row("flood of keys", "A visitor is forgotten `retention` after the last fact or timer; there is no cap on how "
            "many there are."),
    50: Row("templates"),
    51: Row("injections"),
    52: Row("email addresses", "No contract has a field for one: an ESP knows its recipients by customer id. That may "
            "be an address, and `traits.email` of a click is looked at for mailboxes that are excluded."),
    53: Row(
        "URLs",
        "A click's URL is never followed; its `restore_url` is passed on, its `url` never. Destinations come "
        "from settings, and a wrong one is refused at the start (tests/bad_input/test_settings.py). A name "
        "that leads to a private address is called only with `allow_private`, to a link-local or metadata "
        "address never: each address is judged when a connection is made, and that very one is called "
        "(tests/agents/dispatch/test_network.py).",
        differs=True,
    ),
    54: Row("trigger of an unknown rule", "A trigger keeps the rule version that opened its episode, whatever the "
            "rulebook says by now, and the dispatcher reads none: it is delivered.", differs=True),
    55: Row("trigger expired, erased, opted out", "By the brokers' clock, never the worker's own "
            "(tests/agents/dispatch/)."),
    56: Row("trigger to nowhere, or too large", "Without a destination it is taken up and dead at once, with a dead "
            "letter; so it is with a body of more than 20,000 bytes. What reads the topic itself gets up to 256 KB. "
            "If nearly all go nowhere, the partition stalls instead."),
    57: Row("forged trigger id", "Only its form is checked: the anchor's event id is not in a trigger, so it cannot be "
            "derived again. Who may write to `triggers` is for the broker's access rules.", differs=True),
    58: Row("objects in disguise"),
    59: Row("hostile answers", "tests/agents/dispatch/test_courier.py. 401 and 403 kill no delivery: the destination "
            "rests, and a probe goes now and then."),
    60: Row("a record that breaks our code", "A broken invariant ends the process at once: isolating a rule would let "
            "a wrong state go on. The fuzzer is there to find it first.", differs=True),
}  # fmt: skip
"""`differs` marks rows whose outcome is not the reference's; the note says why."""
