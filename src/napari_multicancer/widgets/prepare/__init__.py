"""What the published pipeline does to a scan before a network sees it, for the eye."""
