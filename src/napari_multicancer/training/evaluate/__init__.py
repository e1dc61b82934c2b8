"""How good a network is, measured through the path that users take."""
