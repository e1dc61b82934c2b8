"""The pipeline's steps in words."""

from __future__ import annotations

STEPS = {
    "median": "Median",
    "non_local_means": "Non-local means",
    "total_variation": "Total variation",
    "speckle": "Speckle filter",
    "canny": "Canny edges",
    "sobel": "Sobel edges",
    "head": "Crop to the head",
}
TIPS = {
    "median": "Removes single pixels that stand out: the median of 3 x 3 pixels",
    "non_local_means": "Removes noise, and keeps what looks alike elsewhere (Buades 2005)",
    "total_variation": "Smooths areas, and keeps their borders (Chambolle 2004)",
    "speckle": "Removes the speckle of ultrasound (Lee 1980)",
    "canny": "Draws thin edges (Canny 1986)",
    "sobel": "Shows how steep the grey values rise",
    "head": "Blacks out what lies around the head",
}
