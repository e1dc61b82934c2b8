"""Which pictures the guide has: the file's name, the story that it tells, and in which themes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"


@dataclass(frozen=True)
class Picture:
    """One picture of the guide.

    Attributes
    ----------
    name : str
        Of its file, and with "_" of its function in `stories`.
    themes : tuple of str
        "dark" has the plain name.
    """

    name: str
    themes: tuple[str, ...] = ("dark",)

    @property
    def story(self) -> str:
        """Name of the function that tells it."""
        return self.name.replace("-", "_")

    def file(self, theme: str) -> str:
        """Name of the file in a theme."""
        return f"{self.name}.png" if theme == "dark" else f"{self.name}-{theme}.png"


PICTURES = (
    Picture("first-mask", ("dark", "light")),
    Picture("correcting"),
    Picture("scans"),
    Picture("volumes"),
    Picture("sections"),
    Picture("believing"),
    Picture("preparing"),
)


def files() -> set[str]:
    """Name all files that the script makes."""
    return {picture.file(theme) for picture in PICTURES for theme in picture.themes}
