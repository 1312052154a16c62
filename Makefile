# Every target first brings the set-up up to date, so on a fresh machine one command is enough.
# Python 3.11 with its venv module is all that has to be there; another one: make PYTHON=python3.12 demo

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python
# Tests run in two processes; `make test ARGS="tests/test_loans -k bucket"` runs a part.
WORKERS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-processes quality messages lock bench clean

help:  ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup:  ## everything that the tests and the quality checks need
	@$(PYTHON) tools/set_up.py dev

demo:  ## a generated bank in the browser, on PORT (8000)
	@$(PYTHON) tools/set_up.py run
	@exec $(RUN) manage.py demo_up

test: setup  ## all tests, on SQLite or on the PostgreSQL that DATABASE_URL names
	@$(RUN) -m pytest -n $(WORKERS) --ignore=tests/test_processes $(ARGS)

test-processes: setup  ## real processes killed at named points; DATABASE_URL names a PostgreSQL, redis-server is there
	@$(RUN) -m pytest -n 3 --dist loadfile tests/test_processes $(ARGS)

quality: setup  ## style, types, layers, templates, texts, migrations, settings
	@$(RUN) tools/quality.py

messages: setup  ## which texts have no Chinese yet
	@$(RUN) tools/messages.py check

lock: setup  ## write the lock files anew; ARGS=--upgrade takes newer versions
	@$(RUN) tools/lock.py $(ARGS)

bench: setup  ## cost of import, night and pages beside their floor; SCALE=1000000, ENGINE=sqlite, ARGS=--no-pages or --profile
	@$(RUN) tools/bench.py $(ARGS)

clean:  ## remove what can be made again; var/, with the demonstration's data, stays
	@rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
