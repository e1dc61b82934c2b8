"""Tools that correct a mask, each one step of undo."""
