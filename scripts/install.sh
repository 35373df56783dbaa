#!/bin/sh
# Installs a lock file (hashes required) and this project into an environment: install.sh BIN LOCK
set -eu
bin=$1 lock=$2
# uv is quick; pip, which reads the machine's pip settings, is there when uv can't reach the packages.
# Both compile to bytecode: without it each start compiles Rasa anew wherever Python can't or mustn't write it.
"$bin/uv" pip install -q --compile-bytecode --python "$bin/python" --require-hashes -r "$lock" ||
    "$bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
site=$("$bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd >"$site/patient-education-bot.pth"
cat >"$bin/bot" <<END
#!$PWD/$bin/python
from bot.cli import main

main(prog_name="bot")
END
chmod +x "$bin/bot"
