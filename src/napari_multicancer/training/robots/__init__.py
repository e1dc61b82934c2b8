"""Simulated users who correct an outline: they know the truth, and point at what is wrong."""
