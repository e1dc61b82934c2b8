"""Masks in NIfTI and DICOM as Labels layers that lie exactly over their scans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.layers import Image

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.load import NIFTI_SUFFIXES, stem

LayerData = tuple[Any, dict[str, Any], str]


def is_mask(path: Path) -> bool:
    """Say whether a file is certain to be a mask in NIfTI or DICOM, not a scan."""
    from napari_multicancer.io.dicom.seg_read import is_dicom_seg
    from napari_multicancer.io.nifti.mask_read import is_label_nifti

    if not path.is_file():
        return False
    if path.name.lower().endswith(NIFTI_SUFFIXES):
        return is_label_nifti(path)
    return is_dicom_seg(path)


def mask_data(path: Path, scans: Sequence[LayerData] = ()) -> LayerData:
    """Read a mask as a Labels layer.

    Parameters
    ----------
    path : Path
        For which `is_mask` holds.
    scans : sequence of layer data tuples
        Image layers that are opened together with it. A DICOM Segmentation is laid
        over the one that it belongs to, among these and those in the viewer.

    Raises
    ------
    MulticancerError
        The file is damaged, or does not fit its scan.
    """
    if path.name.lower().endswith(NIFTI_SUFFIXES):
        from napari_multicancer.io.nifti.mask_read import read_label_nifti
        from napari_multicancer.widgets.common.lesions import mask_layer_data

        return mask_layer_data(stem(path), *read_label_nifti(path))
    return _dicom_seg_data(path, [*_open_images(), *(Image.create(*scan) for scan in scans)])


def _open_images() -> list[Image]:
    viewer = napari.current_viewer()
    return [] if viewer is None else [layer for layer in viewer.layers if isinstance(layer, Image)]


def _dicom_seg_data(path: Path, images: Iterable[Image]) -> LayerData:
    from napari_multicancer.io.dicom.origin import METADATA_KEY as DICOM_ORIGIN
    from napari_multicancer.io.dicom.seg_read import read_dicom_seg
    from napari_multicancer.widgets.common.layers import finest_level, known_of, plain_geometry
    from napari_multicancer.widgets.common.lesions import mask_layer_data

    known = [(known_of(image).get(DICOM_ORIGIN), image) for image in images]
    found = read_dicom_seg(path, [origin for origin, _ in known if origin is not None])
    image = next((image for origin, image in known if origin is found.origin), None)
    labels, spacing, record = found.labels, found.spacing, found.provenance
    if found.origin is not None and image is not None:
        shape = finest_level(image).shape[: image.ndim]
        if labels.size != np.prod(shape) or labels.shape[-2:] != shape[-2:]:
            raise UnsupportedScanError(
                f"{path.name} does not have the pixels of {image.name}: "
                "open the mask that was made for it."
            )
        labels = labels.reshape(shape)
        record = {**(record or {}), "geometry": plain_geometry(image)}
    elif len(labels) == 1:
        labels, spacing = labels[0], None if spacing is None else spacing[1:]
    return mask_layer_data(stem(path), labels, spacing, "mm", record)
