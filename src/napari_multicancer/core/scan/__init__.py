"""What the user opened: its pixels, its axes, and where they lie."""
