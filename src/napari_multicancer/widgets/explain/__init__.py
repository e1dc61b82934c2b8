"""What spoke for an answer, and where an outline is unsure."""
