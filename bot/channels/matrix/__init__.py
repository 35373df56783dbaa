"""Matrix: the bot as an application service of the clinic's homeserver. docs/matrix.md says how to set it up."""
