#!/bin/sh
# Resolves requirements/*.in into locks with hashes and without addresses: lock.sh BIN
set -eu
bin=$1
for name in bootstrap test run synapse bridge deploy; do
    constraint=""
    [ $name = run ] && constraint="-c requirements/test.lock"
    # shellcheck disable=SC2086
    "$bin/uv" pip compile -q --python "$bin/python" --generate-hashes --no-emit-index-url $constraint \
        --custom-compile-command "make lock" "requirements/$name.in" -o "requirements/$name.lock"
    echo "requirements/$name.lock"
done
