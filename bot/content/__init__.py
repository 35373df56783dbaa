"""Content: what clinicians write, checked and built into one read-only store.

This package imports nothing of Rasa and nothing else of this project.
"""
