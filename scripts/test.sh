#!/usr/bin/env bash
# Everything that must hold: format, lint, types, content, data, docs, tests. Stops at the first step that fails.
set -euo pipefail
bin=.venv/bin
export RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3 LOG_LEVEL=ERROR PYTHONWARNINGS=ignore
step() { echo "== $1"; shift; "$@"; }

step "format" $bin/ruff format --check --quiet .
step "lint" $bin/ruff check --quiet .
step "types" $bin/mypy
step "content" $bin/bot content check
step "training data" $bin/rasa data validate --fail-on-warnings --domain domain.yml --data data --config config.yml
step "conversations" $bin/rasa test core --stories tests/conversations --fail-on-prediction-errors --model models/bot.tar.gz --endpoints endpoints.yml --out results --no-errors
step "docs" $bin/cog --check docs/*.md
# Tests of real servers and browsers are tried again (tests/conftest.py); what passes only then is listed as RERUN.
step "tests" $bin/pytest "$@"
