"""docs/models.md, written from the model cards."""
