"""Fit the confidence on the development half of the questions; print weights and figures.

Run as `python -m benchmarks.fit_confidence` with a live snapshot of the shipped corpus.
"""
