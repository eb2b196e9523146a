# Two commands are all that one needs: `make run` and `make test`.
#   make run            the whole system with a simulated fleet; Ctrl-C ends it
#   make run FOR=45     the same, ending by itself after 45 seconds with the account
#   make test           all checks and tests, as continuous integration does
#   make soak, bench    longer; run by hand
#   make soak-connectors  polled servers and stations while workers are killed
#   make fuzz           ten minutes of damaged requests (FOR=60: one minute; SEED=7: the same ones again)
#   make compat         public clients that we did not write (docs/compatibility.md)
#   make clean          remove .venv, local data and tool caches (downloads in .cache stay)
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.PHONY: install servers run test lint types unit integration soak soak-connectors compat bench fuzz clean

PYTHON ?= python3
export PYTHON
BIN := .venv/bin

install:
	@deploy/local/bootstrap.sh

# What Kafka and ClickHouse need, fetched before tests whose time is limited.
servers:
	@deploy/local/bootstrap.sh servers
	@$(BIN)/python -m deploy.local.fetch

run:
	@deploy/local/bootstrap.sh servers
	@$(BIN)/punchstream up $(if $(FOR),--for $(FOR))

test: lint types unit integration

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: install
	$(BIN)/mypy

unit: install
	$(BIN)/python -m pytest -m "not soak" tests/unit tests/contract tests/fuzz

integration: servers
	$(BIN)/python -m pytest -m "not soak" tests/integration

soak: servers
	$(BIN)/python -m pytest -m soak tests

# SOAK_SECONDS, SOAK_ROWS, SOAK_SEED in the environment: a shorter run, fewer transactions, another course.
soak-connectors: servers
	$(BIN)/python -m pytest -s -m soak_connectors tests/chaos/connectors

fuzz: install
	@$(BIN)/python -m tests.fuzz --for $(or $(FOR),600) $(if $(SEED),--seed $(SEED))

# Public clients that we did not write; which ones run is up to the environment (docs/compatibility.md).
compat: servers
	$(BIN)/python -m pytest tests/compat

bench: servers
	$(BIN)/python -m bench

clean:
	@if [ -x $(BIN)/punchstream ] && [ -d .local ]; then $(BIN)/punchstream stack down; fi
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path './.cache/*' -prune -exec rm -rf {} +
