"""Measures the bot on labelled questions, by real conversations."""
