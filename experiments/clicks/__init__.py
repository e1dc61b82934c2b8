"""Outlines corrected by simulated users, by one way of correcting and by another."""
