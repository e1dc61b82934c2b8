"""The training folder and a user's own: read, checked and loaded."""
