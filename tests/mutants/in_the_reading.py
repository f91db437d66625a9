"""Bugs in how records are read: what the quick reading takes that it must leave to the contract."""

from tests.mutants.bug import Bug, bug

READING = "tests/schemas/test_plain_clicks.py"

BUGS: list[Bug] = [
    bug(
        "plain_click_says_a_name_twice",
        "the last of two different values is believed",
        "schemas/first_look.py",
        "        if not _says_once(value, said):\n            return None\n",
        "",
        READING,
    ),
    bug(
        "blank_before_a_colon_hides_a_name",
        "a name that is said twice is counted once",
        "schemas/first_look.py",
        "rb'\"\\s*:'",
        "rb'\":'",
        READING,
    ),
    bug(
        "plain_price_finer_than_its_currency",
        "money is rounded where the contract refuses it",
        "schemas/first_look.py",
        " or price % UNITS[click.currency]",
        "",
        READING,
    ),
    bug(
        "hidden_characters_in_a_plain_click",
        "ids that look alike are two customers",
        "schemas/first_look.py",
        " or may_hide_characters(value)",
        "",
        READING,
    ),
]
