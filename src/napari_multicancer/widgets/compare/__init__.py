"""Two masks against each other."""
