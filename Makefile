# Every habit of the project; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup bundle run test unit contract system browser sim chaos soak bench lint fmt lock docs clean

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced
TRAINED := .venv/.trained
UV := VIRTUAL_ENV=.venv $(BIN)/uv
PYTEST := $(BIN)/pytest
# Half of a test's time is waiting, so three share two cores; a module's tests share what it started.
AT_ONCE := -n 3 --dist loadscope

# Bytecode is kept, whatever the shell says: pytest's rewritten tests alone take seconds to make.
export PYTHONDONTWRITEBYTECODE :=

help:  ## list these habits
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP)  ## make .venv with everything in it, from the locked versions

$(STAMP): pyproject.toml requirements.lock bootstrap.lock tribune/embedded/kafka/kafka.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tribune needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { echo "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m tools.set_up $(if $(BUNDLE),--bundle "$(BUNDLE)")
	@touch $@

# Every Kafka of the tests starts in half the time with it. They pass without it, too.
$(TRAINED): $(STAMP) tribune/embedded/kafka/node.py
	@$(BIN)/tribune train && touch $@

bundle: setup  ## one archive for machines without internet: make setup BUNDLE=FILE
	@$(BIN)/python -m tools.bundle

run: setup  ## the demo evening: everything up, citizens voting, until Ctrl-C
	@exec $(BIN)/tribune demo

test: setup $(TRAINED)  ## every tier that this machine can run
	@$(PYTEST) tests -m "not chaos and not realtime" $(AT_ONCE); many=$$?; \
	$(PYTEST) tests -m "realtime and not chaos"; alone=$$?; exit $$((many | alone))

unit: setup  ## the pure rules only, in seconds
	$(PYTEST) tests/unit

contract: setup $(TRAINED)  ## what the roles promise each other, on a real broker
	$(PYTEST) tests/contract -m "not chaos"

system: setup $(TRAINED)  ## the real thing, end to end
	$(PYTEST) tests/system -m "not chaos" $(AT_ONCE)

browser: setup $(TRAINED)  ## the pages in a real browser
	$(PYTEST) tests/browser $(AT_ONCE)

sim: setup  ## evenings in which everything fails: SEED=7 tells one, COUNT=1000 plays many
	@PYTHONHASHSEED=0 $(BIN)/python -W ignore -m tests.sim --seed $(or $(SEED),1) $(if $(COUNT),--count $(COUNT),$(if $(SEED),,--count 200))

chaos: setup $(TRAINED)  ## kills and outages (long)
	$(PYTEST) tests/contract tests/system tests/sim -m "chaos and not soak"

soak: setup $(TRAINED)  ## nightly: HOURS=24 of simulated evenings, 100,000 fuzzed requests, three brokers
	@PYTHONHASHSEED=0 $(BIN)/python -W ignore -m tests.soak --hours $(or $(HOURS),24)
	$(PYTEST) tests/contract tests/system -m soak

bench: setup $(TRAINED)  ## the measured table, each row beside its peer
	@$(BIN)/python -m bench

lint: setup  ## format, lint, types, and the import order of the folders
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

fmt: setup  ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup  ## resolve the dependencies anew
	$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --python-version 3.11 --extra dev --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@grep '^uv==' requirements.lock | sed 's/ .*//' > .venv/uv.in
	$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --python-version 3.11 --custom-compile-command "make lock" .venv/uv.in -o bootstrap.lock
	$(BIN)/python -m tribune.embedded.kafka.relock

clean:  ## remove what can be made again (not your data/)
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
