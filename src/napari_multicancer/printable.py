"""Text from outside made fit for a terminal or a log."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Write what cannot be printed in one line as escapes: ``\x1b``, ``\n``, ``\udcff``.

    A file's name may hold sequences that command a terminal, and ends of lines.
    """
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
