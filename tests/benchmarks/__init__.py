"""Benchmarks: scripts that measure ratios in one run. They are not tests and never fail a build."""
