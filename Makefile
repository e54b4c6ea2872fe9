# Everything that is done with this project, each as one command. `make help` lists them.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
READY := .venv/.ready
WEB := tests/web/node_modules/.package-lock.json
UV := $(BIN)/uv pip

.DEFAULT_GOAL := help
.PHONY: help site test lint check format goldens widgets lock browser benchmark wheel clean

help:  ## Show this list
	@awk -F ":.*## " '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

site: $(READY)  ## Build our own site into site/
	$(BIN)/publish

test: $(READY) browser $(WEB)  ## Run all tests
	$(BIN)/python -m pytest

lint: $(READY)  ## Run ruff, mypy (strict) and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test  ## Run make lint and make test

format: $(READY)  ## Format the code
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

goldens: $(READY)  ## Renew the expected output of tests/cases (look at the diff)
	$(BIN)/python -m pytest tests/test_cases.py --renew-goldens

widgets: $(READY)  ## Renew what draws Jupyter widgets, of the packages in its package-lock.json
	PATH="$(CURDIR)/$(BIN):$$PATH" sh publisher/render/widgets/source/make.sh

browser: $(READY)  ## Find Chrome or Chromium for the tests, or install it from the distribution
	@sh tests/browser.sh

benchmark: $(READY)  ## Measure us and nbconvert side by side
	$(BIN)/python benchmarks/run.py

wheel: $(READY)  ## Build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

lock: $(READY)  ## Renew requirements.lock
	$(UV) compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" \
		--quiet --upgrade --output-file requirements.lock

clean:  ## Remove the environment, the built site and what was remembered
	rm -rf .venv .publisher dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find site -mindepth 1 ! -name .gitkeep -delete

$(WEB): tests/web/package-lock.json $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --silent --prefix tests/web

$(READY): requirements.lock pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	VIRTUAL_ENV=.venv $(UV) install --quiet --compile-bytecode --require-hashes -r requirements.lock
	VIRTUAL_ENV=.venv $(UV) install --quiet --compile-bytecode --no-deps --no-build-isolation --editable .
	@touch $(READY)
