"""Label masks: made from a probability map, corrected, measured and compared."""
