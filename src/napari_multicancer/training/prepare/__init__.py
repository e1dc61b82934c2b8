"""Turning data sets as one downloads them into the training folder."""
