# Everything that a person or CI runs. `make help` lists it.
#
# All tools live in .venv, which `make setup` makes of PYTHON and constraints.txt; nothing installed elsewhere is used.
# Arguments for the program behind a target go in ARGS: make verdicts ARGS='later-shield --events 2'

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# MADE_FOR holds the folder and the interpreter that .venv was made for. It is made anew in a copied or moved checkout,
# where it would still run the code of the old place, and when PYTHON names another interpreter than the last time.
MADE_FOR := $(VENV)/.made-for
MADE := $(shell test -x $(BIN)/python && cat $(MADE_FOR) 2>/dev/null)
STALE := $(if $(findstring [$(CURDIR)],$(MADE)),,yes)
ifneq ($(origin PYTHON),file)
STALE += $(if $(findstring [$(PYTHON)],$(MADE)),,yes)
endif
STALE := $(strip $(STALE))

.PHONY: help
help: ## list the targets
	@echo "usage: make TARGET [PYTHON=python3.13] [ARGS='...']"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: verdicts
verdicts: $(STAMP) ## judge every candidate: the verdict table, also as a page, build/report.html
	@mkdir -p build
	@$(BIN)/treadle check --report build/report.html $(ARGS)

.PHONY: test
test: $(STAMP) ## run everything that CI runs: lint, types, every test
	@$(MAKE) --no-print-directory -j 3 lint types tests

# Lint and types are looked at meanwhile: they take one process each, and a minute together.
.PHONY: tests
tests: $(STAMP)
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

.PHONY: setup
setup: $(STAMP) ## make or refresh the environment in .venv
	@echo "$(VENV) is ready: $$($(BIN)/python --version)"

.PHONY: FORCE
FORCE:

# Installs over what is there; only a stale environment is made from nothing. What is used compiles itself: to compile
# all of it takes half a minute.
$(STAMP): pyproject.toml constraints.txt $(if $(STALE),FORCE)
ifneq ($(STALE),)
	@found=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Treadle needs Python 3.11 or newer, and '$(PYTHON)' is $${found:-not to be found}." >&2; \
		echo "Name another interpreter: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu it is a package: apt install python3-venv" >&2; \
		exit 1; }
	@echo "[$(CURDIR)] [$(PYTHON)]" > $(MADE_FOR)
endif
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: lint
lint: $(STAMP) ## check style, format and layers: ruff, import-linter
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(STAMP) ## check types: mypy, strict
	@$(BIN)/mypy

# Versions that are not installed are fetched, where that is possible, and the matrix says which are still missing.
.PHONY: matrix
matrix: $(STAMP) ## on every Python found: run the catalogue, show verdicts side by side, test loop and machine
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more" TREADLE_CONFORMANCE="$${TREADLE_CONFORMANCE:-every}"; \
	$(BIN)/python -m treadle.cli.matrix --run $(ARGS) && \
	$(BIN)/python -m pytest tests/conformance -q

.PHONY: suites
suites: $(STAMP) ## run the test suites of twelve libraries on both loops; the results must be the same
	@$(BIN)/python tests/suites/suites.py $(ARGS)

.PHONY: explored
explored: $(STAMP) ## explore the test suites of seventeen libraries: paper/results/suites.json (half an hour)
	@$(if $(ARGS),$(BIN)/python tests/suites/explored.py $(ARGS) && \
		echo "build/explored.json: with ARGS nothing is recorded", \
		$(BIN)/python paper/draft.py record suites)

# Like the matrix, this fetches the versions that are not installed, where that is possible.
.PHONY: primitives
primitives: $(STAMP) ## judge asyncio's own primitives, version by version: paper/results/primitives.md (half an hour)
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more"; \
	$(if $(ARGS),$(BIN)/python tests/primitives/primitives.py $(ARGS),$(BIN)/python paper/draft.py record primitives)

.PHONY: shipped
shipped: $(STAMP) ## judge released helpers: paper/results/shipped.json, build/register.html (an hour)
	@$(if $(ARGS),$(BIN)/python paper/shipping.py $(ARGS),$(BIN)/python paper/draft.py record shipped shipped_summary)

.PHONY: shipped-proofs
shipped-proofs: $(STAMP) ## prove released helpers in every situation: paper/shipped/proofs.json (half an hour)
	@PYTHONPATH=paper $(BIN)/python -m shipped.proving $(ARGS)

.PHONY: further
further: $(STAMP) ## judge the catalogue in situations that only a name asks for: tests/models/further.json (minutes)
	@$(BIN)/python tests/models/further.py $(ARGS)

.PHONY: register
register: shipped primitives ## shipped and primitives, as far as something has changed

.PHONY: history
history: $(STAMP) ## find every recorded bug in the release that has it, and not in the next one (minutes)
	@TREADLE_TESTS=all $(BIN)/python -m pytest -n auto --dist loadgroup tests/history $(ARGS)

# Like the matrix, this fetches the versions of Python that are not installed, where that is possible.
.PHONY: residue
residue: $(STAMP) ## what fixes left behind, in each repaired and newest release: paper/results/residue.md (an hour)
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more"; \
	$(if $(ARGS),$(BIN)/python tests/history/residue.py $(ARGS),$(BIN)/python paper/draft.py record residue)

.PHONY: soak
soak: $(STAMP) ## test searches with kills, damaged files, lost workers: tests/soak/figures.json (ten minutes)
	@$(BIN)/python tests/soak/soak.py $(if $(ARGS),$(ARGS),--write tests/soak/figures.json)

.PHONY: cpython
cpython: $(STAMP) ## test the patches for CPython on each version: paper/results/cpython.json
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more"; \
	$(if $(ARGS),$(BIN)/python paper/cpython/trial.py $(ARGS),$(BIN)/python paper/draft.py record cpython)

.PHONY: proofs
proofs: $(STAMP) ## have Coq check the proofs of two candidates, where it is installed (a minute)
	@$(BIN)/python -m treadle.cli.coq $(ARGS)

.PHONY: bench
bench: $(STAMP) ## measure speed, also of other tools, and how far searches get: paper/results/bench.json, a plot
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	@$(if $(ARGS),$(BIN)/python tests/bench/bench.py --write build/bench.json --plot build/bench.svg $(ARGS) && \
		echo "build/bench.json and build/bench.svg: with ARGS nothing is recorded", \
		$(BIN)/python paper/draft.py record bench)

.PHONY: results
results: $(STAMP) ## record the catalogue and everything that the PEP draft cites, on 3.15 (twenty minutes)
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more"; \
	$(BIN)/python -m treadle.cli.record $(ARGS) && $(BIN)/python paper/draft.py record

.PHONY: results-verify
results-verify: $(STAMP) ## compare the results that the PEP draft cites with their hashes
	@$(BIN)/python paper/draft.py verify && echo "paper/results/ is as recorded"

.PHONY: paper
paper: $(STAMP) ## render the PEP draft: build/pep-9999.html and build/pep-9999.pdf
	@$(BIN)/python paper/draft.py check
	@$(BIN)/python paper/draft.py publish && echo "build/pep-9999.html and build/pep-9999.pdf"

# -W: a warning is an error. Nothing is kept from the last time, so that a page that is gone does not stay.
.PHONY: docs
docs: $(STAMP) ## build the site: build/docs/index.html, which opens offline
	@rm -rf build/docs
	@$(BIN)/python -m sphinx -E -W --keep-going -q -b html -d build/docs.cache docs build/docs $(ARGS)
	@echo "build/docs/index.html"

.PHONY: playground
playground: docs ## build the site with the files of its page to play with (Pyodide, from npm)
	@$(BIN)/python docs/playing.py build/docs

# Like the matrix, this fetches the versions of Python that are not installed, where that is possible.
.PHONY: release-check
release-check: $(STAMP) ## build the packages, install and try them on each Python found (some minutes)
	@$(BIN)/python -m pip install --quiet -e '.[release]'
	@mkdir -p build; \
	more=$$($(BIN)/python tests/conformance/newer.py build/pythons --missing | tr '\n' ':'); \
	export TREADLE_PYTHONS="$$TREADLE_PYTHONS:$$more"; \
	PYTHONPATH=tests/conformance $(BIN)/python tests/release/release.py $(ARGS)

# Until a notebook is trusted, JupyterLab shows its stored pictures as text. The kernel is the one of .venv, even where
# the user has another of that name.
.PHONY: notebooks
notebooks: $(STAMP) ## open the notebooks in JupyterLab
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[notebooks]'
	@$(BIN)/jupyter trust notebooks/*.ipynb > /dev/null
	@JUPYTER_PREFER_ENV_PATH=1 $(BIN)/jupyter lab notebooks $(ARGS)

.PHONY: clean
clean: ## remove everything that the other targets made, .venv included
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find harness models tests -name __pycache__ -type d -prune -exec rm -rf {} +
