"""Dialogue policies of ours."""
