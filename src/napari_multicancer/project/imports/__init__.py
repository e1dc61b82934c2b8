"""Masks made elsewhere taken into a project, as starting points."""
