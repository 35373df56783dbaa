#!/bin/sh
# Makes an environment with a lock file's packages alone (hashes required), apart from ours: install-apart.sh BIN ENVIRONMENT LOCK
set -eu
bin=$1 environment=$2 lock=$3
[ -x "$environment/bin/python" ] || "$bin/python" -m venv "$environment"
"$bin/uv" pip install -q --python "$environment/bin/python" --require-hashes -r "$lock" ||
    "$environment/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
