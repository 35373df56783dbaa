# The verbs of this project. Every step is repeated only when its inputs changed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
SYNAPSE := .venv-synapse
BRIDGE := .venv-bridge
DEPLOY := .venv-deploy
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
CONTENT := $(shell find content -type f 2>/dev/null)
CONTENT_CODE := $(shell find bot/content -name '*.py' 2>/dev/null)

.PHONY: help setup setup-test content train chat run test lint format docs lock bench fuzz chaos audit screenshot clean bridge

help:  ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/run.stamp  ## Make the environment (Python 3.10, locked packages)
setup-test: $(VENV)/test.stamp  ## The same, with what the tests need

$(VENV)/bin/python:
	@echo "Making the Python environment in $(VENV) …"
	@python=$$(scripts/find-python.sh) && "$$python" -m venv $(VENV)

$(VENV)/bootstrap.stamp: requirements/bootstrap.lock | $(VENV)/bin/python
	@echo "Installing the installer …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

$(VENV)/run.stamp: requirements/run.lock pyproject.toml scripts/install.sh $(VENV)/bootstrap.stamp
	@echo "Installing the locked packages (some minutes the first time) …"
	@scripts/install.sh $(BIN) requirements/run.lock
	@touch $@

$(VENV)/test.stamp: requirements/test.lock $(VENV)/run.stamp
	@echo "Installing what the tests need …"
	@scripts/install.sh $(BIN) requirements/test.lock
	@touch $@

# The homeserver of the tests has an environment of its own: it needs newer packages than Rasa allows.
$(SYNAPSE)/synapse.stamp: requirements/synapse.lock scripts/install-apart.sh $(VENV)/bootstrap.stamp
	@echo "Installing the Matrix homeserver of the tests …"
	@scripts/install-apart.sh $(BIN) $(SYNAPSE) requirements/synapse.lock
	@touch $@

# So have the tools that check the files in deploy/.
$(DEPLOY)/deploy.stamp: requirements/deploy.lock scripts/install-apart.sh $(VENV)/bootstrap.stamp
	@echo "Installing what checks the deployment files …"
	@scripts/install-apart.sh $(BIN) $(DEPLOY) requirements/deploy.lock
	@touch $@

bridge: $(BRIDGE)/bridge.stamp  ## Make the environment of the bridge to encrypted Matrix rooms

$(BRIDGE)/bridge.stamp: requirements/bridge.lock scripts/install-apart.sh $(VENV)/bootstrap.stamp
	@echo "Installing the bridge to encrypted Matrix rooms …"
	@scripts/install-apart.sh $(BIN) $(BRIDGE) requirements/bridge.lock
	@touch $@

content: var/content.db  ## Check and build the content store

var/content.db: $(CONTENT) $(CONTENT_CODE) $(VENV)/run.stamp
	@$(BIN)/bot content build

train: setup content  ## Train the model
	@$(BIN)/bot train

chat: train  ## Talk to the bot in this terminal
	@$(BIN)/bot chat

run: train  ## Serve the web widget's demo page
	@$(BIN)/bot serve --demo

test: setup-test $(SYNAPSE)/synapse.stamp $(BRIDGE)/bridge.stamp $(DEPLOY)/deploy.stamp train  ## Run all tests, linters and checks
	@scripts/test.sh

lint: setup-test  ## Linters and types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

format: setup-test  ## Format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: setup-test  ## Write the generated parts of the docs
	@$(BIN)/cog -r docs/*.md

lock: $(VENV)/bootstrap.stamp  ## Resolve the requirements anew, with hashes
	@scripts/lock.sh $(BIN)

bench: setup-test train  ## Measure speed and memory
	@$(BIN)/python -m benchmarks

fuzz: setup-test train  ## Send odd input to every entry (MINUTES=5: so long for each test)
	@MINUTES=$(or $(MINUTES),1) $(BIN)/pytest -s -q tests/fuzz

chaos: setup-test train  ## Break one server, then two, at random while patients talk (MINUTES=10 SEED=7: so long each, in this order)
	@BOT_CHAOS_SECONDS=$$((60 * $(or $(MINUTES),5))) BOT_CHAOS_SEED=$(or $(SEED),20261121) \
		$(BIN)/pytest -s -q --force-reruns 0 tests/faults/test_chaos.py tests/system/test_cluster_chaos.py

audit: setup  ## Look for known faults in the locked packages (needs pypi.org)
	@$(BIN)/uv tool run pip-audit -r requirements/run.lock --require-hashes --disable-pip --no-deps --strict

screenshot: setup-test train  ## Draw the pictures of the README
	@$(BIN)/python -m scripts.screenshot

clean:  ## Remove everything that was built
	rm -rf $(VENV) $(SYNAPSE) $(BRIDGE) $(DEPLOY) var models .rasa results
