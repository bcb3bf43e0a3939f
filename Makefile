# One word each. Everything is installed into .venv from hash-locked requirements; `make help` lists the words.
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory
.PHONY: help setup dev demo serve test lint types docs bench nightly lock clean

PY := .venv/bin/python
ARGS :=

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

setup: ## install Moorings into .venv (then .venv/bin/moorings is the command)
	@sh tools/python.sh tools/install.py runtime

dev: ## setup, and the tools that lint, types, test and docs use
	@sh tools/python.sh tools/install.py dev

demo: setup ## start a sample organisation on this machine and print the page's address
	@exec .venv/bin/moorings demo $(ARGS)

serve: setup ## start the server with your own data
	@exec .venv/bin/moorings serve $(ARGS)

test: dev ## everything that CI runs; ARGS='tests/graph -k name' gives pytest a part
	@exec $(PY) tools/check.py test -- $(ARGS)

lint: dev ## formatting, lint, import contracts, vendored files
	@exec $(PY) tools/check.py lint

types: dev ## strict types, and the guard against Cypher made from data
	@exec $(PY) tools/check.py types

docs: dev ## build the documentation into docs/_build/html
	@exec $(PY) tools/check.py docs

bench: dev ## measure each figure beside its yardstick
	@exec .venv/bin/moorings bench $(ARGS)

nightly: dev ## the suite on the newest Neo4j (needs Java 21)
	@exec $(PY) tools/check.py nightly -- $(ARGS)

lock: dev ## make the hash locks anew from pyproject.toml
	@exec $(PY) tools/lock.py

clean: ## remove what was installed or built; your data stays
	@rm -rf .venv .setup build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .schemathesis
