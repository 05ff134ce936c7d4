# Two commands: `make run` and `make test`. Both set up first, if anything changed since.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run test crash lint lock audit clean help

run: $(STAMP) ## run the nightly flow on the bundled figures, print the verdicts
	@$(BIN)/crimeclaims run --source bundled

# A file of tests stays in one process, as its tests share servers and builds. Files come in their order,
# those that wait for servers before the many small ones: none of them is left for the end.
# One process more than there are processors: a third of the time tests wait for servers and workers.
PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 3) + 1)')
test: $(STAMP) ## run all tests, in one process more than there are processors, up to four
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

KILLS ?= 300
crash: $(STAMP) ## kill nights at KILLS random moments; the last line is what came of it, in JSON
	@$(BIN)/python -m tests.crash.kills --kills $(KILLS) $(CRASH_OPTIONS)

lint: $(STAMP) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# --no-deps: the lock names every package there is to install, so pip has nothing to resolve.
# Paths are relative: the project may be in a folder with spaces in its name.
$(STAMP): requirements.lock pyproject.toml
	@echo "setting up $(VENV) (a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(BIN)/python -m ensurepip > /dev/null
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --disable-pip-version-check > /dev/null
	@touch $(STAMP)

# The second one, of the container, is the first without the packages of tests: it can take no other
# version. setuptools is there to install the project itself.
lock: ## resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-header --annotation-style line \
		--quiet --output-file requirements.lock
	echo setuptools | uv pip compile pyproject.toml - --extra lake --extra lineage --universal --python-version 3.11 \
		--constraint requirements.lock --generate-hashes --no-emit-index-url --no-header --annotation-style line \
		--quiet --output-file requirements-image.lock

# pip-audit itself calls it good if its database was not reached: .ci/audit does not.
audit: $(STAMP) ## ask for known weaknesses of every package in the lock
	@$(BIN)/pip-audit -r requirements.lock --require-hashes --disable-pip --progress-spinner off --format json \
		2> /dev/null | $(BIN)/python .ci/audit

clean: ## remove what was set up and built, but not var/
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

help:
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
