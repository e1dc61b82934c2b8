"""Films: cines of ultrasound, as AVI, MP4 and the like."""
