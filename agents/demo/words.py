"""How quantities are written on the screen: short, and with the unit that fits."""

UNITS = ((86_400 * 2, 86_400, "d"), (3600 * 2, 3600, "h"), (60 * 2, 60, "min"))


def short(seconds: float) -> str:
    """A time, for example `41 ms`, `1.3 s`, `12 s`, `26 d`."""
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    for least, unit, name in UNITS:
        if seconds >= least:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.1f} s".replace(".0 s", " s") if seconds < 10 else f"{seconds:.0f} s"


def clock(seconds: float) -> str:
    """Time passed, for example `01:05`."""
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def plain(name: str) -> str:
    """A name of the closed sets as people write it."""
    return name.replace("_", " ")
