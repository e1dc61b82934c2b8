"""From a trained network to a shipped model and its card."""
