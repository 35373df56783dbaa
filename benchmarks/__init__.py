"""Measures speed, memory and weight; `make bench` runs all of it."""
