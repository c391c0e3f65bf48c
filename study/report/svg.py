"""Small pieces of SVG: scales, axes, lines, marks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """A straight line from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int = 6) -> list[float]:
        """Round values inside the scale, about so many."""
        span = self.high - self.low
        if not span > 0:
            return [self.low]
        rough = span / about
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(place * step, 12) for place in range(first, last + 1)]


def padded(values: Iterable[float], share: float = 0.04) -> tuple[float, float]:
    """Smallest and largest value with some room around them."""
    values = list(values)
    low, high = min(values), max(values)
    room = (high - low) * share or abs(high) * share or 1.0
    return low - room, high + room


def svg(width: float, height: float, parts: Iterable[str], *, title: str, links: bool = False) -> str:
    """A drawing that fits the width of the page; `title` is what a screen reader says, and the links in it, if any."""
    body = "".join(parts)
    role = "group" if links else "img"
    return (
        f'<svg viewBox="0 0 {px(width)} {px(height)}" style="max-width:{px(width)}px" role="{role}" '
        f'aria-label="{escape(title)}">{body}</svg>'
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", kind: str = "", turn: float = 0) -> str:
    """Text at a point; `turn` in degrees around it."""
    extra = f' class="{kind}"' if kind else ""
    extra += f' text-anchor="{anchor}"' if anchor != "start" else ""
    extra += f' transform="rotate({px(turn)} {px(x)} {px(y)})"' if turn else ""
    return f'<text x="{px(x)}" y="{px(y)}"{extra}>{escape(words)}</text>'


def line(a: Point, b: Point, *, kind: str = "", style: str = "") -> str:
    """A straight line."""
    return f'<line x1="{px(a[0])}" y1="{px(a[1])}" x2="{px(b[0])}" y2="{px(b[1])}"{_looks(kind, style)}/>'


def path(points: Sequence[Point], *, kind: str = "", style: str = "", tip: str = "") -> str:
    """A polyline."""
    return f'<path d="{_way(points)}"{_looks(kind, style)}>{_tip(tip)}</path>'


def area(points: Sequence[Point], *, kind: str = "", style: str = "") -> str:
    """A filled polygon."""
    return f'<path d="{_way(points)}Z"{_looks(kind, style)}/>'


def rect(
    x: float, y: float, width: float, height: float, *, kind: str = "", style: str = "", tip: str = ""
) -> str:
    """A rectangle by its upper left corner."""
    size = f'x="{px(x)}" y="{px(y)}" width="{px(width)}" height="{px(height)}"'
    return (
        f"<rect {size}{_looks(kind, style)}>{_tip(tip)}</rect>"
        if tip
        else f"<rect {size}{_looks(kind, style)}/>"
    )


def circle(at: Point, radius: float, *, kind: str = "", style: str = "", tip: str = "") -> str:
    """A dot."""
    place = f'cx="{px(at[0])}" cy="{px(at[1])}" r="{px(radius)}"'
    return (
        f"<circle {place}{_looks(kind, style)}>{_tip(tip)}</circle>"
        if tip
        else f"<circle {place}{_looks(kind, style)}/>"
    )


def x_axis(scale: Scale, y: float, *, label: str, ticks: Sequence[tuple[float, str]], top: float) -> str:
    """Tick labels below `y`, faint lines up to `top`, the axis's name in the middle below."""
    parts = [line((scale(v), y), (scale(v), top), kind="grid") for v, _ in ticks]
    parts += [text(scale(v), y + 14, words, anchor="middle", kind="tick") for v, words in ticks]
    parts.append(text((scale.start + scale.end) / 2, y + 32, label, anchor="middle", kind="axis"))
    return "".join(parts)


def y_axis(scale: Scale, x: float, *, label: str, ticks: Sequence[tuple[float, str]], right: float) -> str:
    """Tick labels left of `x`, faint lines to `right`, the axis's name above."""
    parts = [line((x, scale(v)), (right, scale(v)), kind="grid") for v, _ in ticks]
    parts += [text(x - 6, scale(v) + 3.5, words, anchor="end", kind="tick") for v, words in ticks]
    top = min(scale.start, scale.end)
    parts.append(text(x, top - 10, label, kind="axis"))
    return "".join(parts)


def spread(wanted: Sequence[float], least: float) -> list[float]:
    """Positions near the wanted ones, in their order, at least `least` apart, so that labels don't overlap."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = [float(wanted[i]) for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + least)
    # Half of what the last one was pushed by, so that the pile sits around where it belongs.
    pushed = [new - wanted[i] for new, i in zip(placed, order, strict=True)]
    back = max(pushed, default=0.0) / 2
    result = [0.0] * len(wanted)
    for new, i in zip(placed, order, strict=True):
        result[i] = new - back
    return result


def px(value: float) -> str:
    """A coordinate with one decimal at most."""
    short = f"{value:.1f}"
    return short.removesuffix(".0") if short != "-0.0" else "0"


def tick_text(value: float) -> str:
    """A tick's words: as few digits as tell it from its neighbours."""
    return f"{value:g}".replace("-", "−")


def _way(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{px(x)} {px(y)}" for x, y in points)


def _looks(kind: str, style: str) -> str:
    return (f' class="{kind}"' if kind else "") + (f' style="{style}"' if style else "")


def _tip(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""
