"""Whether what others say of a visitor comes to the partition of its clicks."""

from collections.abc import Callable

from schemas.ids import is_stand_in

LOOKS_MAX = 1000
"""Of so many new visitors it is asked whether they belong here, after each start: all producers of a shop do the same,
and to ask costs as much as to fold a click."""


class Home:
    """Looks at the first new visitors of a partition. `is_home` says where a visitor belongs; None if nobody knows."""

    __slots__ = ("_is_home", "looks_left")

    def __init__(self, is_home: Callable[[bytes], bool] | None) -> None:
        self._is_home = is_home
        self.looks_left = 0 if is_home is None else LOOKS_MAX

    def is_foreign(self, key: bytes) -> bool:
        """Whether the visitor belongs elsewhere: a purchase in the order feed would end nothing here."""
        self.looks_left -= 1
        return self._is_home is not None and not is_stand_in(key.decode()) and not self._is_home(key)
