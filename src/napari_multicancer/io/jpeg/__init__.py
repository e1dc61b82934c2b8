"""JPEG, alone or within other files: what it says of itself, and whether it holds it."""
