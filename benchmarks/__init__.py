"""What the program costs, measured: ``python -m benchmarks`` (or ``make bench``)."""
