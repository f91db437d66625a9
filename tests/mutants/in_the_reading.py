"""Bugs in how records are read: what the quick reading takes that it must leave to the contract, and what is refused,
invented or guessed where a record has to be mended."""

from tests.mutants.bug import Bug, bug

READING = "tests/schemas/test_plain_clicks.py"
VARIATIONS = "tests/bad_input/test_variations.py"
TABLE = "tests/bad_input/test_table.py"
DETAILS = "tests/stories/test_odd_details.py"
CLOCKS = "tests/streams/test_clocks.py"
VARIATIONS = "tests/bad_input/test_variations.py"
TABLE = "tests/bad_input/test_table.py"
DETAILS = "tests/stories/test_odd_details.py"
CLOCKS = "tests/streams/test_clocks.py"
VARIATIONS = "tests/bad_input/test_variations.py"
TABLE = "tests/bad_input/test_table.py"
DETAILS = "tests/stories/test_odd_details.py"
CLOCKS = "tests/streams/test_clocks.py"
VARIATIONS = "tests/bad_input/test_variations.py"
TABLE = "tests/bad_input/test_table.py"
DETAILS = "tests/stories/test_odd_details.py"
CLOCKS = "tests/streams/test_clocks.py"

BUGS: list[Bug] = [
    bug(
        "plain_click_says_a_name_twice",
        "the last of two different values is believed",
        "schemas/plain_reading.py",
        "        if not _says_once(value, said):\n            return None\n",
        "",
        READING,
    ),
    bug(
        "blank_before_a_colon_hides_a_name",
        "a name that is said twice is counted once",
        "schemas/plain_reading.py",
        "rb'\"\\s*:'",
        "rb'\":'",
        READING,
    ),
    bug(
        "plain_price_finer_than_its_currency",
        "money is rounded where the contract refuses it",
        "schemas/plain_reading.py",
        "if may_be_no_money(price, UNITS[currency]):",
        "if price < UNITS[currency]:",
        READING,
    ),
    bug(
        "plain_price_too_small_to_be_divided",
        "next to nothing is taken for nothing",
        "schemas/plain_reading.py",
        "if may_be_no_money(price, UNITS[currency]):",
        "if not price or price % UNITS[currency]:",
        READING,
    ),
    bug(
        "quantity_found_in_a_text",
        "one of two values is believed where some text is 'quantity'",
        "schemas/plain_reading.py",
        "(b'\"quantity\":' not in value)",
        "(b'quantity' not in value)",
        READING,
    ),
    bug(
        "hidden_characters_in_a_plain_click",
        "ids that look alike are two customers",
        "schemas/plain_reading.py",
        " or may_hide_characters(value)",
        "",
        READING,
    ),
    bug(
        "finer_amount_refuses_the_order",
        "price = amount / quantity: a quarter of a shop's buyers are reminded of what they paid",
        "schemas/mended_lines.py",
        "        rounded = exact.quantize(UNITS[self.currency], ROUND_HALF_EVEN)\n",
        "        rounded = exact\n",
        "tests/schemas/test_mending.py",
    ),
    bug(
        "unknown_currency_is_none",
        "50 tomans are 50 of no currency, and meet a least value",
        "schemas/mended_lines.py",
        "read.said is not None and (self.unknown or (",
        "read.said is not None and ((",
        DETAILS,
    ),
    bug(
        "second_currency_believed",
        "a price in dollars is taken for euros",
        "schemas/mended_lines.py",
        "if currency.wrong is not None or currency.said not in (None, self.currency):",
        "if currency.wrong is not None:",
        VARIATIONS,
    ),
    bug(
        "discount_is_a_product",
        "a coupon is bought, and the order is refused for its price",
        "schemas/mended_lines.py",
        "if not self.below_zero and _is_below_zero(said):",
        "if False and _is_below_zero(said):",
        VARIATIONS,
    ),
    bug(
        "wholesalers_lines_refused",
        "the largest orders of a shop are dead letters",
        "schemas/mended_lines.py",
        "for line in said[:LINES_MAX]]",
        "for line in said]",
        VARIATIONS,
    ),
    bug(
        "guest_beside_a_visitor_refuses",
        "a guest's order is a dead letter, though its visitor is known",
        "streams/owners.py",
        "    if not named:\n",
        "    if len(named) < sum(id_ is not None for id_ in owners.values()):\n",
        VARIATIONS,
        TABLE,
    ),
    bug(
        "guest_is_a_person",
        "all guests of a shop are one customer",
        "streams/owners.py",
        '"guest", "guest_user", "guest user"',
        '"guest_user", "guest user"',
        DETAILS,
    ),
    bug(
        "two_customers_and_the_first_is_taken",
        "whose the record is, is guessed",
        "schemas/mending.py",
        "(nobody or read.wrong in CONTRADICTIONS)",
        "nobody",
        TABLE,
        VARIATIONS,
    ),
    bug(
        "deviceless_click_lost",
        "a purchase of a known customer is refused for a cookie",
        "schemas/mending.py",
        "odd.pop(Oddity.OWNER_DROPPED, None)",
        'raise _refused("visitor_id", Rejection.MISSING)',
        DETAILS,
    ),
    bug(
        "all_deviceless_are_one_visitor",
        "what one customer looked at is shown to another",
        "schemas/ids.py",
        "return _STAND_IN + customer",
        "return _STAND_IN",
        DETAILS,
    ),
    bug(
        "stand_in_shown",
        "an ESP is told of a visitor that no device has",
        "streams/case.py",
        "None if shown is None or is_stand_in(shown) else shown",
        "shown",
        DETAILS,
    ),
    bug(
        "stand_in_is_called_like_its_customer",
        "a visitor who is called like a customer gets the customer's mail",
        "schemas/ids.py",
        '_STAND_IN = "\\x01"',
        '_STAND_IN = ""',
        DETAILS,
    ),
    bug(
        "mailbox_in_another_case",
        "Anna@ is reminded of what anna@ bought",
        "schemas/ids.py",
        "return owner.strip().lower() if",
        "return owner.strip() if",
        DETAILS,
    ),
    bug(
        "mailbox_folded_by_the_contract_alone",
        "a plain click and another of one customer are two customers'",
        "schemas/plain_reading.py",
        "    if AT in value:\n        _fold_owners(click)\n",
        "",
        DETAILS,
    ),
    bug(
        "seconds_are_milliseconds",
        "orders of a feed in seconds happen in January 1970",
        "schemas/base.py",
        "Annotated[int, Strict(), Field(gt=0, lt=SECONDS_FROM)]",
        "Annotated[int, Strict(), Field(gt=0)]",
        TABLE,
    ),
    bug(
        "grams_cut_off",
        "0.3 kg in the cart are nothing",
        "streams/quantities.py",
        "return int(quantity * THOUSAND)",
        "return int(quantity) * THOUSAND",
        DETAILS,
    ),
    bug(
        "worth_in_thousandths",
        "a cart is worth a thousand times what is in it",
        "streams/carts.py",
        "round(Decimal(worth) / THOUSAND)",
        "worth",
        DETAILS,
    ),
    bug(
        "wrong_clock_believed",
        "a device an hour behind is reminded within a minute",
        "streams/records.py",
        "    return at if is_right else max(record.timestamp - (sent_at - at), 1)\n",
        "    return at\n",
        CLOCKS,
    ),
    bug(
        "right_clock_corrected",
        "the way to the broker shifts every click",
        "streams/records.py",
        "is_right = -CLOCK_SLACK_MS <= record.timestamp - sent_at <= CLOCK_SLACK_MS",
        "is_right = record.timestamp == sent_at",
        CLOCKS,
    ),
    bug(
        "clocks_corrected_by_the_reader",
        "recorded clicks all happen when they are replayed",
        "streams/records.py",
        "if record.timestamp_type != LOG_APPEND_TIME or sent_at < at:",
        "if sent_at < at:",
        CLOCKS,
    ),
    bug(
        "equal_values_are_a_contradiction",
        "the platform's orderID beside our order_id refuses the order",
        "schemas/mended_names.py",
        "if any(read.said not in (None, first.said) for read in others):",
        "if others:",
        VARIATIONS,
    ),
    bug(
        "cart_without_a_usable_line_is_emptied",
        "a cart whose lines cannot be read is taken for an empty one",
        "schemas/mending.py",
        '        if lines.said and not money.lines:\n            raise _refused("lines", Rejection.MISSING)\n',
        "",
        TABLE,
    ),
    bug(
        "any_key_will_do_for_a_click",
        "one visitor has two owners",
        "streams/owners.py",
        "and (is_named or not _has_no_key(record, nobodies))",
        "and False",
        TABLE,
    ),
]
