"""Benchmarks: our rows and the limits in one run, medians of repeats, ratios beside both; never a timed test."""
