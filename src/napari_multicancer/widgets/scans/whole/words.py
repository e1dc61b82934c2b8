"""Forms of exports and imports, and what came of them, in the window's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_multicancer.core.words import percent
from napari_multicancer.io.formats import mask_format
from napari_multicancer.io.row import Format
from napari_multicancer.translation import tr, tr_n

if TYPE_CHECKING:
    from napari_multicancer.project.agreement.run import Agreement, Consensus
    from napari_multicancer.project.exports.run import Exported
    from napari_multicancer.project.imports.run import Imported
    from napari_multicancer.project.tasks import GivenOut


@dataclass(frozen=True)
class FormWords:
    """How a form is offered: its title, and a sentence on what it is."""

    title: str
    what: str


_EXPORTS = {
    "coco": FormWords(tr("COCO"), tr("Pictures, and outlines exact to the pixel as JSON.")),
    "yolo": FormWords(
        tr("YOLO segmentation"), tr("Pictures, and beside each its outlines as polygons.")
    ),
    "nnunet": FormWords(
        tr("nnU-Net"), tr("The raw data set: images and labels as NIfTI, dataset.json.")
    ),
    "monai-label": FormWords(
        tr("MONAI Label"), tr("A datastore: images, final labels and the proposals.")
    ),
    "measurements": FormWords(tr("Measurements"), tr("A table with a row a label, as CSV.")),
    "training": FormWords(
        tr("Training folder"),
        tr("Pictures, masks and labels.csv, as the command train reads them."),
    ),
}
IMPORT_WORDS = {
    "masks": FormWords(
        tr("Masks"), tr("A folder of masks, each named after its scan, maybe with _mask.")
    ),
    "coco": FormWords(tr("COCO"), tr("The JSON file with the outlines.")),
    "nnunet": FormWords(tr("nnU-Net"), tr("The folder of a data set, or of predictions.")),
}


def export_words(name: str) -> FormWords:
    """Give the words in which an export is offered."""
    return _EXPORTS.get(name) or _masks(mask_format(name))


def _masks(row: Format) -> FormWords:
    title = tr("Masks: {format}", format=row.title)
    if row.lies_on is Format.lies_on:
        return FormWords(title, tr("The masks alone, a file a scan."))
    kind = row.title.split()[0]
    return FormWords(title, tr("The masks alone, a file a scan of {kind}.", kind=kind))


def exported(done: Exported) -> str:
    """Say what became of an export."""
    from napari_multicancer.project.exports.card import LEFT_OUT

    told = [
        tr_n("{n} scan is in {folder}.", "{n} scans are in {folder}.", done.scans, folder=done.out)
    ]
    if done.left_out:
        told.append(
            tr_n(
                "{n} scan is left out: {file} there says why.",
                "{n} scans are left out: {file} there says why.",
                len(done.left_out),
                file=LEFT_OUT,
            )
        )
    if not done.is_remembered:
        told.append(
            tr("The list cannot be written: a later export may split these scans otherwise.")
        )
    return " ".join(told)


def imported(done: Imported) -> str:
    """Say what became of an import."""
    told = [tr_n("{n} mask was taken.", "{n} masks were taken.", done.masks)]
    if done.refused:
        told.append(tr_n("{n} mask was not.", "{n} masks were not.", len(done.refused)))
    return " ".join(told)


def given_out(done: GivenOut) -> str:
    """Say what was given to whom."""
    number = len(done.scans)
    if done.second:
        return tr_n(
            "{n} scan is to be outlined a second time by {name}.",
            "{n} scans are to be outlined a second time by {name}.",
            number,
            name=done.to,
        )
    if not done.to:
        return tr_n("{n} scan is nobody's now.", "{n} scans are nobody's now.", number)
    return tr_n("{n} scan is {name}'s now.", "{n} scans are {name}'s now.", number, name=done.to)


def merged(done: Consensus) -> str:
    """Say of how many scans the raters' masks became one."""
    return tr_n(
        "{n} scan has a mask of all their raters now.",
        "{n} scans have a mask of all their raters now.",
        done.scans,
    )


def agreed(found: Agreement) -> str:
    """Say whether the models are within the spread of the raters; nothing where nobody knows."""
    from napari_multicancer.project.agreement.summary import within_raters

    within = within_raters(found.pairs)
    if within is None:
        return ""
    return tr(
        "On {share} of the scans a model is as near to a rater as the raters are.",
        share=percent(within),
    )
