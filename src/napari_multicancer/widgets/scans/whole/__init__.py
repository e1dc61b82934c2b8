"""What is done with a list as a whole: exports, imports, its page, agreement, tasks."""
