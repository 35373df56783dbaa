"""The bridge to encrypted Matrix rooms: a process of its own that is one more client of our server's web API.

It runs in `.venv-bridge` (`make bridge`), because matrix-nio needs newer packages than Rasa allows. Nothing here
imports Rasa. `bot matrix bridge` starts it; docs/matrix-bridge.md says what to set.
"""
