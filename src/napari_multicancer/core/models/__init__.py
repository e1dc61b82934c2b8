"""The models: their cards, checked, and the runtime that asks them."""
