"""The run as a picture: faults as bands; behind them what the shop did, second by second. Plain SVG."""

from collections.abc import Sequence
from html import escape

from tests.chaos.evidence import Json
from tests.chaos.series import Course, Series

WIDTH, LEFT, RIGHT, ROW, PANEL, GAP = 1600, 150, 20, 16, 110, 26
LEAST_WIDTH = 2.5
COLOURS = {
    "kill": "#d62728",
    "point": "#ff7f0e",
    "zombie": "#9467bd",
    "bounce": "#1f77b4",
    "outage": "#111111",
    "toxic": "#2ca02c",
    "clock": "#17becf",
    "broker disk full": "#8c564b",
    "worker disk full": "#bcbd22",
    "storm": "#e377c2",
    "mass expiry": "#7f7f7f",
}


def draw(run: Course, faults: Sequence[Json], title: str) -> str:
    """The picture's text."""
    picture = _Picture(run)
    kinds = [kind for kind in COLOURS if any(fault["kind"] == kind for fault in faults)]
    for kind in kinds:
        picture.bands(kind, [fault for fault in faults if fault["kind"] == kind])
    picture.stalls()
    outages = [fault for fault in faults if fault["kind"] == "outage"]
    picture.panel("watermark behind L, s", [(run.behind, "#1f77b4")], outages)
    picture.panel("oldest timer overdue, s", [(run.overdue, "#9467bd")], outages)
    picture.panel("records not folded", [(run.lag, "#2ca02c")], outages)
    picture.panel("triggers a second", [(run.triggers, "#ff7f0e")], outages)
    picture.panel("calls, delivered a second", [(run.calls, "#c7c7c7"), (run.delivered, "#1f77b4")], outages)
    picture.panel("deliveries under way", [(run.ledger, "#8c564b")], outages)
    return picture.text(title)


class _Picture:
    def __init__(self, run: Course) -> None:
        self._run = run
        self._parts: list[str] = []
        self._y = 40.0

    def x(self, second: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * max(0.0, min(second, self._run.seconds)) / max(1, self._run.seconds)

    def bands(self, kind: str, faults: Sequence[Json]) -> None:
        """One row: where faults of a kind were at work."""
        hits = sum(bool(fault["hit"]) for fault in faults)
        self._label(f"{kind} ({hits})", self._y + ROW - 4)
        for fault in faults:
            began = fault["began"] - self._run.began
            ended = max(began, fault["ended"] - self._run.began)
            self._bar(began, ended, COLOURS[kind], f"{fault['target']} {fault['note']}")
        self._y += ROW

    def stalls(self) -> None:
        """One row: when the gate was behind, each time with how long it took to recover."""
        self._label("recovering", self._y + ROW - 4)
        for since, until in self._run.stalls:
            self._bar(since, until, "#f2a0a0", f"{until - since} s")
        self._y += ROW + GAP

    def panel(self, name: str, lines: Sequence[tuple[Series, str]], outages: Sequence[Json]) -> None:
        """One diagram."""
        top, bottom = self._y, self._y + PANEL
        most = max((value for values, _ in lines for value in values.values()), default=0.0) or 1.0
        for fault in outages:
            x, until = self.x(fault["began"] - self._run.began), self.x(fault["ended"] - self._run.began)
            self._parts.append(
                f'<rect x="{x:.1f}" y="{top}" width="{max(1, until - x):.1f}" height="{PANEL}" fill="#eeeeee"/>'
            )
        for values, colour in lines:
            points = " ".join(
                f"{self.x(second):.1f},{bottom - PANEL * values.get(second, 0.0) / most:.1f}"
                for second in range(self._run.seconds)
            )
            self._parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>')
        self._parts.append(f'<path d="M{LEFT},{top} V{bottom} H{WIDTH - RIGHT}" fill="none" stroke="#888888"/>')
        self._label(name, top + 14)
        self._label(f"{most:,.0f}", top + 30)
        self._y = bottom + GAP

    def text(self, title: str) -> str:
        """The whole, with the minutes below."""
        minutes = self._run.seconds // 60
        step = max(1, minutes // 15)
        for minute in range(0, minutes + 1, step):
            x = self.x(minute * 60)
            self._parts.append(f'<path d="M{x:.1f},40 V{self._y - GAP:.0f}" stroke="#dddddd" stroke-width="0.5"/>')
            self._parts.append(f'<text x="{x:.1f}" y="{self._y - 8:.0f}" text-anchor="middle">{minute} min</text>')
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{self._y + 10:.0f}" '
            'font-family="sans-serif" font-size="11">'
            '<rect width="100%" height="100%" fill="white"/>'
            f'<text x="{LEFT}" y="24" font-size="15">{escape(title)}</text>' + "".join(self._parts) + "</svg>\n"
        )

    def _label(self, text: str, y: float) -> None:
        self._parts.append(f'<text x="{LEFT - 8}" y="{y:.0f}" text-anchor="end">{escape(text)}</text>')

    def _bar(self, began: float, ended: float, colour: str, told: str) -> None:
        x = self.x(began)
        width = max(LEAST_WIDTH, self.x(ended) - x)
        self._parts.append(
            f'<rect x="{x:.1f}" y="{self._y + 2:.1f}" width="{width:.1f}" height="{ROW - 4}" fill="{colour}">'
            f"<title>{escape(told)}</title></rect>"
        )
