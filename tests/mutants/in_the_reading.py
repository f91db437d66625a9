"""Bugs in how records are read: what the quick reading takes that it must leave to the contract."""

from tests.mutants.bug import Bug, bug

READING = "tests/schemas/test_plain_clicks.py"

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
]
