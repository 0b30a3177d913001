# Two commands matter: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DEMO_HOME ?= $(CURDIR)/.demo
PORT ?= 8000
JOBS ?= 2
export PYTHONDONTWRITEBYTECODE ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo serve down test test-fast test-long attack check format bench generate lock clean

help:  ## List what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(READY)  ## Make .venv and install the locked packages

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "obia needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "this Python lacks venv: on Debian or Ubuntu, apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "making .venv and installing the locked packages (about 250 MB, once)"; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)  ## Load real DICOM into a real Neo4j, ask and answer, serve it (ONCE=1: end after the answers; PORT=8001)
	@OBIA_HOME=$(DEMO_HOME) $(BIN)/python -m obia.server.demo --port $(PORT) $(if $(ONCE),--once)

serve: $(READY)  ## Serve the archive of OBIA_HOME on http://127.0.0.1:8000 (PORT=8001: there)
	@$(BIN)/obia serve --port $(PORT)

down:  ## Stop the demo's Neo4j and queue; its archive stays
	@test ! -x $(BIN)/obia || OBIA_HOME=$(DEMO_HOME) $(BIN)/obia down

test: $(READY)  ## Every test but the long ones, on a real Neo4j for each of two processes (JOBS=1: one)
	@$(BIN)/python -m pytest -m 'not long' -n $(JOBS) --dist loadfile

test-fast: $(READY)  ## What needs no Neo4j: some three minutes
	@$(BIN)/python -m pytest -m 'not long and not neo4j' -n $(JOBS) --dist loadfile

test-long: $(READY)  ## What is too slow for every run
	@$(BIN)/python -m tests.long

attack: $(READY)  ## Attack an archive made for it, over loopback, in a quarter of an hour (ONLY=access; WRITE=1 writes docs/reliability.md)
	@$(BIN)/python -m tests.attack $(foreach part,$(ONLY),--only $(part)) $(if $(WRITE),--write)

check: $(READY)  ## Lint, format, types, layers, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy obia tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.golden --check

format: $(READY)  ## Let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

generate: $(READY)  ## Write the golden files anew
	@$(BIN)/python -m tests.golden

bench: $(READY)  ## Measure, in one run, against peers and limits
	@$(BIN)/python -m benchmarks

lock:  ## Resolve requirements.lock anew
	@$(BIN)/uv pip compile -q pyproject.toml --extra demo --extra dev --extra faiss --generate-hashes --universal \
	  --python-version 3.11 --no-header -o requirements.lock

clean:  ## Remove the environment and the demo's archive
	@test ! -x $(BIN)/obia || OBIA_HOME=$(DEMO_HOME) $(BIN)/obia down || true
	@rm -rf .venv .demo build dist *.egg-info
