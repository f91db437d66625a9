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
    7: Row("control characters in an id"),
    8: Row("ids that look alike", "Texts stay as they are: no text of a click is ever passed on."),
    9: Row("too much", "The size is judged before a byte is parsed; a fetch takes 4 MB of a partition at a time."),
    10: Row("too deep", "The parser counts, and stops at 200 levels."),
    11: Row("another format"),
    12: Row(
        "compression bomb, unreadable batch",
        "The broker's `max.message.bytes` bounds the compressed batch, not what it unpacks to. A batch that fails its "
        "checksum ends the process (70), before anything of it is committed.",
        differs=True,
    ),
    13: Row("no number"),
    14: Row("a number that cannot be held"),
    15: Row("price in a string", "The contract has decimals in strings. What Python reads as one (`+1`, `.5`) is one."),
    16: Row(
        "below zero",
        "An order for nothing is a purchase too: refused, it would leave its cart to be reminded of.",
        differs=True,
    ),
    17: Row(
        "currency",
        "Decimals are counted by the currency. A cart that two records fill in two currencies has no value, and meets "
        "no `min_cart_value` above 0.",
    ),
    18: Row("missing field"),
    19: Row("unknown field"),
    20: Row("unknown type"),
    21: Row("a name twice", "The same value twice is no contradiction. Some names with a blank before the colon and "
            "some without may hide a double in a click: then the last one counts."),
    22: Row("a field in two spellings"),
    23: Row("version", "A record without one is of version 1: the contract requires no version.", differs=True),
    24: Row("an id that is none", "The list is the setting `nobodies`; it holds for visitors and customers."),
    25: Row("ids that differ by case or blanks", "Somebody else, always. Counted (`similar_id`) where the known one is "
            "the plain form of a new visitor's; finding all pairs would take a second index of all visitors.",
            differs=True),
    26: Row("session id of two customers", "Sessions are computed from clicks; a producer's session id is not read, so "
            "nothing can conflict, and nothing is counted.", differs=True),
    27: Row("merge cycle", "A visitor is linked to customers, a customer to nobody: no cycles. Who returns to "
            "an earlier customer is that customer from then on (tests/stories/test_identity.py).", differs=True),
    28: Row("no time"),
    29: Row("another unit of time"),
    30: Row("the future", "Up to 24 hours ahead it counts at the broker's time, and `clock_ahead` counts it."),
    31: Row("the distant past", "Without any effect: clicks older than the rulebook's `retention`, and any record that "
            "is 20 years old. An order may come later than a click: it still counts for `lapse`."),
    32: Row("late"),
    33: Row("a producer's clock behind", "`lateness_seconds` shows how late by topic; there is no gauge by source, "
            "since records name none.", differs=True),
    34: Row("equal times", "tests/stories/test_bad_and_odd_input.py"),
    35: Row("zones", "All is UTC inside; times have an offset, and no rule asks for a zone yet."),
    36: Row("the same record again", "`duplicate`: tests/stories/test_bad_and_odd_input.py. Orders repeat in the "
            "profile that they belong to."),
    37: Row("the same id with other content", "The first wins, and the other is counted as a duplicate: to tell a "
            "conflict needs a digest of every record kept, and a producer that repeats a record with a new `sent_at` "
            "would fill the dead letters.", differs=True),
    38: Row("a repeat after its window", "Ids are remembered for 24 hours, at most 512 a visitor; after that only the "
            "trigger id keeps a repeat from a second message."),
    39: Row("a day again", "tests/stories/test_bad_and_odd_input.py"),
    40: Row("orders out of order", "tests/stories/test_taking_back.py, tests/oracle/"),
    41: Row("total and lines differ"),
    42: Row("an order without items", "What has been sent stays sent; the trigger is taken back."),
    43: Row("wrong key", "Any partitioner will do that is the same for all producers: librdkafka's is not Java's. One "
            "visitor on two partitions goes unseen.", differs=True),
    44: Row("partitions added", "Refused: exit code 78 (tests/agents/shell/)."),
    45: Row("headers", "Never read, but for content type and event type of triggers. One whose name is no UTF-8 stops "
            "aiokafka's reader: ours reads on without headers (tests/contracts/test_bare_records.py). On `triggers`, "
            "where only Afterclick writes, it ends the dispatcher with 70."),
    46: Row("gaps in the offsets", "Every end-to-end test: transaction markers are gaps."),
    47: Row("timestamp type", "The clock of the fetch stands in for the broker's, with a warning at the start; on "
            "the inboxes it is refused."),
    48: Row("hot key", "What is kept of a visitor is bounded; `hot_key` counts more than 500 clicks at a time. All "
            "clicks count."),
    49: Row("flood of keys", "A visitor is forgotten `retention` after the last click; there is no cap on how many "
            "there are."),
    50: Row("templates"),
    51: Row("injections"),
    52: Row("email addresses", "No contract has one: an ESP knows its recipients by customer id."),
    53: Row("URLs", "A click's URL is never followed or passed on. Destinations come from settings, and a wrong one is "
            "refused at the start (tests/bad_input/test_settings.py).", differs=True),
    54: Row("trigger of an unknown rule", "A trigger keeps the rule version that opened its episode, whatever the "
            "rulebook says by now, and the dispatcher reads none: it is delivered.", differs=True),
    55: Row("trigger expired, erased, opted out", "tests/agents/dispatch/"),
    56: Row("trigger to nowhere, or too large", "Without a destination it is taken up and dead at once, with a dead "
            "letter; so it is with a body of more than 20,000 bytes. What reads the topic itself gets up to 256 KB."),
    57: Row("forged trigger id", "Only its form is checked: the anchor's event id is not in a trigger, so it cannot be "
            "derived again. Who may write to `triggers` is for the broker's access rules.", differs=True),
    58: Row("objects in disguise"),
    59: Row("hostile answers", "tests/agents/dispatch/test_courier.py"),
    60: Row("a record that breaks our code", "A broken invariant ends the process at once: isolating a rule would let "
            "a wrong state go on. The fuzzer is there to find it first.", differs=True),
}  # fmt: skip
"""`differs` marks rows whose outcome is not the reference's; the note says why."""
