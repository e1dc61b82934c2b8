"""The pipeline's steps in words."""

from __future__ import annotations

from napari_multicancer.translation import tr

STEPS = {
    "median": tr("Median"),
    "non_local_means": tr("Non-local means"),
    "total_variation": tr("Total variation"),
    "speckle": tr("Speckle filter"),
    "canny": tr("Canny edges"),
    "sobel": tr("Sobel edges"),
    "head": tr("Crop to the head"),
}
TIPS = {
    "median": tr("Removes single pixels that stand out: the median of 3 x 3 pixels"),
    "non_local_means": tr("Removes noise, and keeps what looks alike elsewhere (Buades 2005)"),
    "total_variation": tr("Smooths areas, and keeps their borders (Chambolle 2004)"),
    "speckle": tr("Removes the speckle of ultrasound (Lee 1980)"),
    "canny": tr("Draws thin edges (Canny 1986)"),
    "sobel": tr("Shows how steep the grey values rise"),
    "head": tr("Blacks out what lies around the head"),
}
