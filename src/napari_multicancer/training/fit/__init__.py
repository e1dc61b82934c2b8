"""Training itself: batches, changes to pictures, losses, checkpoints."""
