"""What is kept of one order, by what its feed says of it."""

from msgspec import Struct

Ordered = tuple[int, int, str]
"""(time, class, event id) of the first record of an order: where it stands among the person's events."""


class BoughtLine(Struct, frozen=True, array_like=True, gc=False):
    """A product of an order and its `quantity`, in thousandths."""

    product: str
    quantity: int
    unit_price: int | None = None
    currency: str | None = None


class Part(Struct, frozen=True, array_like=True, gc=False):
    """What one record says of an order's money: `amount` is what its lines come to, `total` what it names; how many
    `lines` it has. `event` is a hash of its id: a record counts once."""

    event: bytes
    amount: int | None
    total: int | None
    lines: int


class GivenBack(Struct, frozen=True, array_like=True, gc=False):
    """What one record gives back of an order: an `amount` in `currency`, None if it names none, and the `lines`. If it
    names neither it gives back `all` of it. `event` as that of a part."""

    event: bytes
    amount: int | None
    currency: str | None
    lines: tuple[BoughtLine, ...]
    all: bool


class KeptOrder(Struct, frozen=True, array_like=True, gc=False):
    """What is known of an order from its feed. `payment` is how it stands, by the record at `payment_by`; `opened`
    where the first record stands by which the payment was open. `placed` are the records that placed it, `told` the
    amount that others name, `updated` the one that the update at `updated_by` names, which stands for all; all of them
    in `currency`. `lines` are those of the update at `lines_by`, if there is one, else of what was placed; `refunds`
    what was given back. It is `reversed` if it was cancelled, or all of it given back.
    `parcels` are hashes of their ids, each with when it was delivered, 0 if not yet; `delivered_at` when all were."""

    payment: str | None = None
    payment_by: Ordered = (0, 0, "")
    opened: Ordered | None = None
    placed: tuple[Part, ...] = ()
    told: int | None = None
    updated: int | None = None
    updated_by: Ordered | None = None
    currency: str | None = None
    lines: tuple[BoughtLine, ...] = ()
    lines_by: Ordered | None = None
    refunds: tuple[GivenBack, ...] = ()
    cancelled: bool = False
    reversed: bool = False
    parcels: tuple[tuple[bytes, int], ...] = ()
    delivered_at: int = 0
    channel: str | None = None
