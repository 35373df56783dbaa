#!/bin/sh
# Prints the path of a Python 3.10: $PYTHON, the system's, pyenv's or uv's. Says what to do when there is none.
is_310() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null; }

for candidate in ${PYTHON:+"$PYTHON"} "$(command -v python3.10)" "$(command -v python3)" "$(command -v python)" \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10*/bin/python "$(command -v uv >/dev/null && uv python find 3.10 2>/dev/null)"; do
    if [ -n "$candidate" ] && is_310 "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
cat >&2 <<'END'
Python 3.10 was not found, and Rasa 3.6 needs exactly that version.
Install it in one of these ways, then run the same command again:
  Debian or Ubuntu:   apt install python3.10 python3.10-venv
  pyenv:              pyenv install 3.10
  uv:                 uv python install 3.10
or name it: make chat PYTHON=/path/to/python3.10
END
exit 1
