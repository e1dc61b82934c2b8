"""What a file says of the equipment that a scan was made on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Equipment:
    """What a header says of scanner and patient.

    Attributes
    ----------
    scanner : str
        Manufacturer and model; empty where it does not say.
    patient : str
        The same for scans of one patient, and nothing else: a keyed hash. Empty where
        it does not say.
    """

    scanner: str = ""
    patient: str = ""
