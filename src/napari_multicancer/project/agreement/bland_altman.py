"""Differences of two measurements against their mean, as a picture (SVG)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT, LEFT, MARGIN, RIGHT = 640, 340, 70, 60, 130
LINE_HEIGHT = 15
MOST_TICKS, MOST_TICKS_A_SIDE = 5, 3
MOST_POINTS = 5000


@dataclass(frozen=True)
class Point:
    """Two measurements of one thing.

    Attributes
    ----------
    mean : float
        Of both.
    difference : float
        As a share of their mean; NaN where both are 0.
    name : str
        Of the thing.
    """

    mean: float
    difference: float
    name: str = ""


@dataclass(frozen=True)
class _Frame:
    """What part of the plane is drawn: from 0 to `widest`, and `reach` % up and down."""

    widest: float
    reach: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / self.widest * (WIDTH - LEFT - RIGHT)
        return round(across, 1), round(HEIGHT / 2 - y / self.reach * (HEIGHT / 2 - MARGIN), 1)


def bland_altman(
    title: str,
    unit: str,
    points: Sequence[Point],
    low: float,
    mean: float,
    high: float,
    less: str = "second less first",
) -> str:
    """Draw each pair's difference, as a share of its mean, against that mean.

    All has the color that words have where the picture stands, so that it can be read on dark
    ground as on light. A browser names the point that the mouse is over.

    Parameters
    ----------
    title, unit : str
    points : sequence of Point
        Those without a difference are left out.
    low, mean, high : float
        Lines to be drawn: limits of agreement and mean, as shares; NaN for none.
    less : str
        What is taken from what.

    Returns
    -------
    str
        A picture that needs nothing else.

    References
    ----------
    Bland and Altman 1986, "Statistical Methods for Assessing Agreement Between Two Methods of
    Clinical Measurement".
    """
    points = [point for point in points if np.isfinite(point.difference)][:MOST_POINTS]
    lines = [(100 * low, "lower limit"), (100 * mean, "mean"), (100 * high, "upper limit")]
    lines = [(value, name) for value, name in lines if np.isfinite(value)]
    values = [*(100 * point.difference for point in points), *(value for value, _ in lines)]
    frame = _Frame(
        widest=max([1e-9, *(point.mean for point in points)]) * 1.05,
        reach=max([1.0, *map(abs, values)]) * 1.1,
    )
    parts = [
        _text(WIDTH / 2, 24, title, "middle"),
        _text(8, MARGIN - 16, f"difference of size, {less} (% of their mean)"),
        _text(WIDTH / 2, HEIGHT - 18, f"mean size ({unit})", "middle"),
        *_axes(frame),
        *_named_lines(frame, lines),
        *(_circle(frame, point) for point in points),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    style = 'font-family="system-ui, sans-serif" font-size="12" fill="currentColor"'
    return f"{head} {style}>{''.join(parts)}</svg>\n"


def _axes(frame: _Frame) -> Iterator[str]:
    """Draw both axes with round numbers, and where there is no difference."""
    widest, reach = frame.widest, frame.reach
    yield _line(frame.place(0, reach), frame.place(0, -reach))
    yield _line(frame.place(0, -reach), frame.place(widest, -reach))
    yield _line(frame.place(0, 0), frame.place(widest, 0), ' stroke-dasharray="1 3"')
    for tick in _ticks(widest, MOST_TICKS):
        across, down = frame.place(tick, -reach)
        yield _line((across, down), (across, down + 5))
        yield _text(across, down + 18, f"{tick:g}", "middle")
    above = _ticks(reach, MOST_TICKS_A_SIDE)
    for tick in [*above, *(-one for one in above[1:])]:
        across, down = frame.place(0, tick)
        yield _line((across - 5, down), (across, down))
        yield _text(across - 8, down + 4, f"{tick:+g} %" if tick else "0 %", "end")


def _named_lines(frame: _Frame, lines: Sequence[tuple[float, str]]) -> Iterator[str]:
    downs = _apart([frame.place(0, value)[1] + 4 for value, _ in lines])
    for (value, name), down in zip(lines, downs, strict=True):
        style = ' stroke-width="2"' if name == "mean" else ' stroke-dasharray="6 4"'
        yield _line(frame.place(0, value), frame.place(frame.widest, value), style)
        yield _text(WIDTH - RIGHT + 6, down, f"{name} {value:+.0f} %")


def _apart(downs: Sequence[float]) -> list[float]:
    """Move words of up to three lines, the lowest first, so far apart that all can be read."""
    if len(downs) < 3:
        return list(downs)
    low, mean, high = downs
    return [max(low, mean + LINE_HEIGHT), mean, min(high, mean - LINE_HEIGHT)]


def _ticks(reach: float, most: int) -> list[float]:
    """Choose round numbers from 0 on, so many at most beside it."""
    power = 10.0 ** np.floor(np.log10(reach))
    steps = (power * factor for factor in (0.2, 0.5, 1.0, 2.0, 5.0))
    step = next(step for step in steps if reach / step <= most)
    return [float(f"{number * step:.6g}") for number in range(int(reach / step) + 1)]


def _line(start: tuple[float, float], end: tuple[float, float], more: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="currentColor"{more}/>'


def _circle(frame: _Frame, point: Point) -> str:
    across, down = frame.place(point.mean, 100 * point.difference)
    style = 'r="4" fill-opacity="0.4" stroke="currentColor"'
    title = f"<title>{escape(point.name)}</title>" if point.name else ""
    return f'<circle cx="{across}" cy="{down}" {style}>{title}</circle>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
