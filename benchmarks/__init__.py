"""How fast it is, beside what else builds the same: `make bench`, or `python -m benchmarks`."""
