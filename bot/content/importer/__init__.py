"""Reads a raw article and writes a draft that a nurse can finish. A draft is never answered from."""

from bot.content.importer.draft import ImportProblem, import_article

__all__ = ["ImportProblem", "import_article"]
