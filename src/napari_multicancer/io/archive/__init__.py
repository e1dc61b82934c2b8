"""Zip archives of scans, as hospitals send them."""
