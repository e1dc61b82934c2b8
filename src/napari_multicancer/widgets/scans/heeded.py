"""What is to be heeded first of the open scan: whose outline it is, and which mask counts."""

from __future__ import annotations

from collections.abc import Sequence

from napari.layers import Labels

from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.scans.prepared import Prepared

FIRST_BLIND = tr("Blind: the models' outline is left out; Done, next keeps yours.")
BLIND = tr("Your second outline, without the masks of others: Done, next keeps it.")
SECOND = tr("Your second outline, kept beside the first: Done, next keeps it.")


def heeded_first(shown: Prepared, masks: Sequence[Labels]) -> str:
    """Say what is to be heeded first; empty where nothing.

    Parameters
    ----------
    shown : Prepared
        As it was opened.
    masks : sequence of Labels
        Of the scan; last the one that counts.
    """
    if shown.second:
        return BLIND if shown.blind else SECOND
    return FIRST_BLIND if shown.blind else _several_masks(masks)


def _several_masks(masks: Sequence[Labels]) -> str:
    """Say which of several masks on a scan going on keeps; empty where there is one."""
    if len(masks) < 2:
        return ""
    return tr_n(
        "{n} mask: Done, next keeps \N{LEFT DOUBLE QUOTATION MARK}{name}"
        "\N{RIGHT DOUBLE QUOTATION MARK}.",
        "{n} masks: Done, next keeps \N{LEFT DOUBLE QUOTATION MARK}{name}"
        "\N{RIGHT DOUBLE QUOTATION MARK}, the one selected.",
        len(masks),
        name=masks[-1].name,
    )
