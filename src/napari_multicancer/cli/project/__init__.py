"""The commands of `project`."""
