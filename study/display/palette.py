"""Colours that readers with any colour vision tell apart (Okabe & Ito 2008; cividis, Nunez et al. 2018)."""

BLACK, GREY = "#000000", "#7f7f7f"
BLUE, SKY, GREEN = "#0072b2", "#56b4e9", "#009e73"
ORANGE, VERMILLION, PURPLE, YELLOW = "#e69f00", "#d55e00", "#cc79a7", "#f0e442"

# What the colours stand for, the same in MLflow's charts and in the report.
WINNER, ALIKE, OTHER, BASELINE = VERMILLION, BLUE, SKY, GREY

# Classes of a label, in their order.
CLASSES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, BLACK)

# From dark to light, the same order of brightness for all eyes and in print.
_CIVIDIS = (
    "#00224e",
    "#123570",
    "#3b496c",
    "#575d6d",
    "#707173",
    "#8a8678",
    "#a59c74",
    "#c3b369",
    "#e1cc55",
    "#fee838",
)


def shade(share: float) -> str:
    """A colour from dark blue (0) to light yellow (1)."""
    place = min(max(share, 0.0), 1.0) * (len(_CIVIDIS) - 1)
    lower = min(int(place), len(_CIVIDIS) - 2)
    mixed = (
        round(a + (b - a) * (place - lower))
        for a, b in zip(_parts(_CIVIDIS[lower]), _parts(_CIVIDIS[lower + 1]), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def beside(share: float) -> str:
    """A colour for what lies below (−1, blue), at (0, near white) or above (1, orange) something else."""
    end = (0, 98, 160) if share < 0 else (213, 94, 0)
    strength = min(abs(share), 1.0)
    return "#" + "".join(f"{round(244 + (part - 244) * strength):02x}" for part in end)


def readable_on(colour: str) -> str:
    """Black or white, whichever has more contrast on the colour (WCAG 2.2, relative luminance)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _parts(colour))
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"
