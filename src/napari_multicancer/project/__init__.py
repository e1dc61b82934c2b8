"""A list of scans with their states, kept in a folder; no window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from napari_multicancer.project.clock import WorkClock
    from napari_multicancer.project.project import Project
    from napari_multicancer.project.query import Page, ScanFilter, SortBy, Sorting
    from napari_multicancer.project.records import (
        Condition,
        ListedScan,
        MaskVersion,
        State,
        Verdict,
        VersionKind,
        Work,
    )

__all__ = [
    "Condition",
    "ListedScan",
    "MaskVersion",
    "Page",
    "Project",
    "ScanFilter",
    "SortBy",
    "Sorting",
    "State",
    "Verdict",
    "VersionKind",
    "Work",
    "WorkClock",
]

__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "clock": ["WorkClock"],
        "project": ["Project"],
        "query": ["Page", "ScanFilter", "SortBy", "Sorting"],
        "records": [
            "Condition",
            "ListedScan",
            "MaskVersion",
            "State",
            "Verdict",
            "VersionKind",
            "Work",
        ],
    },
)
