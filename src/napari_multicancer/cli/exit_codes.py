"""What a command says to the shell when it ends."""

from __future__ import annotations

UNEXPECTED = 1
"""Something unexpected, or the disk is full."""
WRONG_COMMAND = 2
"""The command itself is wrong."""
SOME_FAILED = 3
"""Some file failed, was left out, or is wrong; the others went on."""
STOPPED = 130
"""Ctrl-C, SIGTERM or the like; what was done is kept."""
