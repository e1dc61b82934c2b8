"""How far the raters of a project agree with each other, with themselves and with the models."""
