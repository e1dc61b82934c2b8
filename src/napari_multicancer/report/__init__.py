"""One page to hand on: what was found, measured and corrected, as HTML and as JSON."""
