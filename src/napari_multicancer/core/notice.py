"""What every window, table and file says."""

RESEARCH_USE = "For research use only, not for diagnosis."
