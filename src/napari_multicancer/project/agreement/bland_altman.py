"""Differences of two measurements against their mean, as a picture (SVG)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

WIDTH, HEIGHT, MARGIN, RIGHT = 640, 400, 60, 130
LINE_HEIGHT = 15
MOST_TICKS = 5
MOST_POINTS = 5000


def bland_altman(
    title: str,
    unit: str,
    sizes: Sequence[tuple[float, float]],
    low: float,
    mean: float,
    high: float,
) -> str:
    """Draw each pair's difference, as a share of its mean, against that mean.

    Parameters
    ----------
    title, unit : str
    sizes : sequence of (float, float)
        First and second; those that are both 0 are left out.
    low, mean, high : float
        Lines to be drawn: limits of agreement and mean; NaN for none.

    Returns
    -------
    str
        A picture that needs nothing else.

    References
    ----------
    Bland and Altman 1986, "Statistical Methods for Assessing Agreement Between Two Methods of
    Clinical Measurement".
    """
    points = [((a + b) / 2, 200 * (b - a) / (a + b)) for a, b in sizes if a + b > 0][:MOST_POINTS]
    lines = [(100 * low, "lower limit"), (100 * mean, "mean"), (100 * high, "upper limit")]
    lines = [(value, name) for value, name in lines if np.isfinite(value)]
    reach = max([1.0, *(abs(y) for _, y in points), *(abs(value) for value, _ in lines)]) * 1.1
    widest = max([1e-9, *(x for x, _ in points)]) * 1.05

    def place(x: float, y: float) -> tuple[float, float]:
        across = MARGIN + x / widest * (WIDTH - MARGIN - RIGHT)
        return round(across, 1), round(HEIGHT / 2 - y / reach * (HEIGHT / 2 - MARGIN), 1)

    parts = [_text(WIDTH / 2, 24, title, "middle")]
    parts += [
        _line(place(0, 0), place(widest, 0), "#999"),
        _line((MARGIN, MARGIN), (MARGIN, HEIGHT - MARGIN), "#999"),
    ]
    downs = _apart([place(0, value)[1] + 4 for value, _ in lines])
    for (value, name), down in zip(lines, downs, strict=True):
        dashes = "" if name == "mean" else ' stroke-dasharray="6 4"'
        parts.append(_line(place(0, value), place(widest, value), "#2f6fde", dashes))
        parts.append(_text(WIDTH - RIGHT + 6, down, f"{name} {value:+.0f} %"))
    for tick in _ticks(widest):
        parts.append(_text(place(tick, 0)[0], HEIGHT - MARGIN + 16, f"{tick:g}", "middle"))
    for x, y in points:
        across, down = place(x, y)
        parts.append(f'<circle cx="{across}" cy="{down}" r="3" fill="#2f6fde" fill-opacity="0.5"/>')
    parts.append(_text(WIDTH / 2, HEIGHT - 18, f"mean size ({unit})", "middle"))
    parts.append(_text(8, MARGIN - 12, "difference (% of the mean)"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    style = 'font-family="system-ui, sans-serif" font-size="12" fill="currentColor"'
    return f"{head} {style}>{''.join(parts)}</svg>\n"


def _apart(downs: Sequence[float]) -> list[float]:
    """Move words of up to three lines, the lowest first, so far apart that all can be read."""
    if len(downs) < 3:
        return list(downs)
    low, mean, high = downs
    return [max(low, mean + LINE_HEIGHT), mean, min(high, mean - LINE_HEIGHT)]


def _ticks(widest: float) -> list[float]:
    """Choose round numbers from 0 on."""
    power = 10.0 ** np.floor(np.log10(widest))
    steps = (power * factor for factor in (0.2, 0.5, 1.0, 2.0, 5.0))
    step = next(step for step in steps if widest / step <= MOST_TICKS)
    return [float(f"{number * step:.6g}") for number in range(int(widest / step) + 1)]


def _line(start: tuple[float, float], end: tuple[float, float], color: str, more: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{color}"{more}/>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
