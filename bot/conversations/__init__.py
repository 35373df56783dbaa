"""Conversations: where they are kept, what is taken out of them first, and how they go away again."""
