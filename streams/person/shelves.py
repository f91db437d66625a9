"""The ways to a person's shelves: `…_of` to look, which finds nothing where there is no shelf, and `own_…` to put
something there. What `…_of` gives may be everybody's empty shelf: nothing is ever put into that.

They are written out, a pair a shelf: so each has its type, and is a plain call in machine code, asked with every fact.
"""

from typing import Final

from schemas.state.person import Person
from schemas.state.shelves import Account, Buying, Carts, Consent, Dealings, Goods, Presence
from schemas.state.standing import Standing

NO_CARTS: Final = Carts()
NO_BUYING: Final = Buying()
NO_GOODS: Final = Goods()
NO_DEALINGS: Final = Dealings()
NO_CONSENT: Final = Consent()
NO_ACCOUNT: Final = Account()
NO_PRESENCE: Final = Presence()
NO_STANDING: Final = Standing()


def carts_of(person: Person) -> Carts:
    """What is known of carts beside the one that stands, to look at."""
    shelf = person.carts
    return NO_CARTS if shelf is None else shelf


def own_carts(person: Person) -> Carts:
    """The same, to put something there."""
    shelf = person.carts
    if shelf is None:
        shelf = person.carts = Carts()
    return shelf


def buying_of(person: Person) -> Buying:
    """What is known of the person's orders, to look at."""
    shelf = person.buying
    return NO_BUYING if shelf is None else shelf


def own_buying(person: Person) -> Buying:
    """The same, to put something there."""
    shelf = person.buying
    if shelf is None:
        shelf = person.buying = Buying()
    return shelf


def goods_of(person: Person) -> Goods:
    """What is known by product, to look at."""
    shelf = person.goods
    return NO_GOODS if shelf is None else shelf


def own_goods(person: Person) -> Goods:
    """The same, to put something there."""
    shelf = person.goods
    if shelf is None:
        shelf = person.goods = Goods()
    return shelf


def dealings_of(person: Person) -> Dealings:
    """What rules and the person have had to do with each other, to look at."""
    shelf = person.dealings
    return NO_DEALINGS if shelf is None else shelf


def own_dealings(person: Person) -> Dealings:
    """The same, to put something there."""
    shelf = person.dealings
    if shelf is None:
        shelf = person.dealings = Dealings()
    return shelf


def consent_of(person: Person) -> Consent:
    """What the person has said of messages, to look at."""
    shelf = person.consent
    return NO_CONSENT if shelf is None else shelf


def own_consent(person: Person) -> Consent:
    """The same, to put something there."""
    shelf = person.consent
    if shelf is None:
        shelf = person.consent = Consent()
    return shelf


def account_of(person: Person) -> Account:
    """What the person has told of themselves, to look at."""
    shelf = person.account
    return NO_ACCOUNT if shelf is None else shelf


def own_account(person: Person) -> Account:
    """The same, to put something there."""
    shelf = person.account
    if shelf is None:
        shelf = person.account = Account()
    return shelf


def presence_of(person: Person) -> Presence:
    """The person's exit intents, and which of the visitors are suspected, to look at."""
    shelf = person.presence
    return NO_PRESENCE if shelf is None else shelf


def own_presence(person: Person) -> Presence:
    """The same, to put something there."""
    shelf = person.presence
    if shelf is None:
        shelf = person.presence = Presence()
    return shelf


def standing_of(person: Person) -> Standing:
    """What the person was found to be, to look at."""
    standing = person.standing
    return NO_STANDING if standing is None else standing


def own_standing(person: Person) -> Standing:
    """The same, to put something there."""
    standing = person.standing
    if standing is None:
        standing = person.standing = Standing()
    return standing


def clear(person: Person) -> None:
    """Take away the shelves with nothing on them: equal people have equal records, and nobody pays for what is not."""
    if person.carts is not None and person.carts == NO_CARTS:
        person.carts = None
    if person.buying is not None and person.buying == NO_BUYING:
        person.buying = None
    if person.goods is not None and person.goods == NO_GOODS:
        person.goods = None
    if person.dealings is not None and person.dealings == NO_DEALINGS:
        person.dealings = None
    if person.consent is not None and person.consent == NO_CONSENT:
        person.consent = None
    if person.account is not None and person.account == NO_ACCOUNT:
        person.account = None
    if person.presence is not None and person.presence == NO_PRESENCE:
        person.presence = None
    if person.standing is not None and person.standing == NO_STANDING:
        person.standing = None
