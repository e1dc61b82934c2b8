"""A click corrects an outline: the tool on the canvas, its marks, its way through the planes."""
