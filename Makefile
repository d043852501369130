# `make run` starts PromptGuard here; `make test` checks everything. Both need Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts pytest lock bench drill clean environment environment-dev

VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_WORKERS ?= 2
FIND_PYTHON = for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done
PYTHON ?= $(shell $(FIND_PYTHON))
COMPILE = $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-header --allow-unsafe $(if $(UPGRADE),--upgrade)

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: environment  ## PromptGuard with demo data on 127.0.0.1:8080 (PORT=...); Ctrl-C stops it
	@$(BIN)/python -m promptguard.core.quickstart

test: lint types contracts pytest  ## everything CI checks

lint: environment-dev  ## style, and the mistakes a linter sees
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: environment-dev  ## mypy
	@$(BIN)/mypy

contracts: environment-dev  ## which room may import which
	@$(BIN)/lint-imports --no-cache

pytest: environment-dev  ## the tests; slow ones have their own targets
	@$(BIN)/pytest -n $(PYTEST_WORKERS)

drill: environment-dev  ## long tests: a fresh clone, faults
	@$(BIN)/pytest -m drill -o faulthandler_timeout=0

bench: environment-dev  ## measurements
	@$(BIN)/pytest -m bench -s

lock: environment-dev  ## pin what pyproject.toml asks for, hashed (UPGRADE=1: the newest)
	@$(COMPILE) --output-file requirements.txt pyproject.toml
	@$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@$(COMPILE) --output-file tests/e2e/requirements.txt tests/e2e/requirements.in

clean:  ## remove what can be made again; var/ (your database and secrets) stays
	rm -rf $(VENV) $(VENV).lock build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(if $(PYTHON),,echo 'PromptGuard needs Python 3.11 or newer, and found none on PATH' >&2; exit 1)
	@$(PYTHON) .ci/install.py $(VENV) requirements.txt

environment-dev:
	@$(if $(PYTHON),,echo 'PromptGuard needs Python 3.11 or newer, and found none on PATH' >&2; exit 1)
	@$(PYTHON) .ci/install.py $(VENV) requirements-dev.txt
