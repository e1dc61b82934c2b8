"""Films as streams of bytes, whichever file they lie in."""
