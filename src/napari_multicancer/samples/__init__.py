"""Scans that come with the package; ATTRIBUTION.md says whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One shipped scan.

    Attributes
    ----------
    name : str
        What the user reads.
    file : str
        In this folder.
    organ, diagnosis : str
        What its source says that it is, in the models' own class names.
    source : str
        The collection, and the name that the scan has there.
    attribution : str
        Whom to cite.
    licence : str
    """

    name: str
    file: str
    organ: str
    diagnosis: str
    source: str
    attribution: str
    licence: str

    @property
    def path(self) -> Path:
        """Where it lies on this machine."""
        return FOLDER / self.file


_BUSI = "Al-Dhabyani et al. 2020, Data in Brief 28:104863, doi 10.1016/j.dib.2019.104863"
_BUS_BRA = "Gomez-Flores et al. 2024, Medical Physics 51:3110, doi 10.1002/mp.16812"
_FIGSHARE = "Cheng 2017, brain tumor dataset, figshare, doi 10.6084/m9.figshare.1512427"
_PROGRESSION = (
    "Schmainda and Prah 2018, Data from Brain-Tumor-Progression, The Cancer Imaging Archive, "
    "doi 10.7937/K9/TCIA.2018.15quzvnb"
)
_MNI = (
    "Fonov et al. 2011, NeuroImage 54:313, doi 10.1016/j.neuroimage.2010.07.033; by way of nilearn"
)

SAMPLES = (
    Sample(
        name="Brain tumor",
        file="brain_tumor.jpg",
        organ="brain",
        diagnosis="tumor",
        source="Figshare, 1093",
        attribution=_FIGSHARE,
        licence="CC BY 4.0",
    ),
    Sample(
        name="Brain without tumor",
        file="brain_no_tumor.png",
        organ="brain",
        diagnosis="no_tumor",
        source="MNI152 template, an axial plane",
        attribution=_MNI,
        licence="BSD-3-Clause",
    ),
    Sample(
        name="Breast, benign",
        file="breast_benign.png",
        organ="breast",
        diagnosis="benign",
        source="BUSI, benign (80)",
        attribution=_BUSI,
        licence="CC BY 4.0",
    ),
    Sample(
        name="Breast, malignant",
        file="breast_malignant.png",
        organ="breast",
        diagnosis="malignant",
        source="BUS-BRA, bus_0328-l",
        attribution=_BUS_BRA,
        licence="CC BY 4.0",
    ),
    Sample(
        name="Breast, normal",
        file="breast_normal.png",
        organ="breast",
        diagnosis="normal",
        source="BUSI, normal (132)",
        attribution=_BUSI,
        licence="CC BY 4.0",
    ),
    Sample(
        name="Brain tumor, nine planes",
        file="brain_tumor_stack.tif",
        organ="brain",
        diagnosis="tumor",
        source="Brain-Tumor-Progression, nine planes through the tumor",
        attribution=_PROGRESSION,
        licence="CC BY 3.0",
    ),
)
"""All shipped scans; none has a voxel size, because none of the files states the true one."""
