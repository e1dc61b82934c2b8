"""What a bug report needs to know: versions, models, folders, and a self-test; no Qt in it."""

from napari_multicancer.doctor.examine import Diagnosis, diagnosed, examine

__all__ = ["Diagnosis", "diagnosed", "examine"]
