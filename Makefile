# Everything is installed into .venv from PyPI; nothing else is needed than Python 3.11 or later, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MODULES := $(shell git ls-files -co --exclude-standard 'domain/**.py' 'application/**.py' 'infrastructure/**.py' 'projections/**.py' 'testing/**.py' '*.html' '*.css' '*.sql' 'application/**.toml' 'application/**.json' '*py.typed' 2>/dev/null | sort | cksum | cut -d' ' -f1)
STAMP := $(VENV)/.installed-$(MODULES)
# Tests wait for processes, servers and disks half of the time: three workers keep two cores busy.
TEST_FLAGS ?= -n 3
# What only one target needs comes with that target.
ADD := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test test-all test-deep coverage fuzz mutate lint types contracts wheel site check bench clean install

install: $(STAMP)

# A strict editable install links the files that exist: a new module needs a new install, hence the checksum in the name.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -f $(VENV)/pyvenv.cfg && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing into $(VENV) (about a minute, once) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev --editable . --config-settings editable_mode=strict 2>$(VENV)/install.log || { cat $(VENV)/install.log >&2; exit 1; }
	@rm -f $(VENV)/.installed-*
	@# What an older layout left here would hide the entry points of the installed package from programs that run here.
	@rm -rf account_sanctions.egg-info
	@touch $@

demo: install
	@$(BIN)/account-sanctions demo

# Without what `tests/thorough.py` names, so that it takes minutes.
test: install
	@$(BIN)/python -m pytest -m "not thorough" $(TEST_FLAGS)

test-all: install
	@$(BIN)/python -m pytest $(TEST_FLAGS)

test-deep: install
	@HYPOTHESIS_PROFILE=deep ACCOUNT_SANCTIONS_TEST_CYCLES=2000 ACCOUNT_SANCTIONS_TEST_EVENTS=24000 $(BIN)/python -m pytest $(TEST_FLAGS)

# Processes that the tests start are measured, too: coverage's own start-up file does it (`patch = ["subprocess"]`).
coverage: install
	@$(BIN)/python -m pytest --cov --cov-report= $(TEST_FLAGS)
	@$(BIN)/coverage report --skip-covered --include 'domain/*' --fail-under 100
	@$(BIN)/coverage report --skip-covered --omit 'domain/*' --fail-under 95

# Seconds for each target: make fuzz SECONDS=600 TARGETS="proof note".
SECONDS ?= 60
fuzz: install
	@$(ADD) --group fuzz
	@$(BIN)/python -m tests.fuzz $(SECONDS) $(TARGETS)

# Modules of the domain: make mutate MUTATE="period deciding.ending"; all of them take hours.
mutate: install
	@$(ADD) --group mutate
	@$(BIN)/python -m tests.mutation $(MUTATE)

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install
	@$(BIN)/mypy
	@$(BIN)/mypy tests
	@$(BIN)/pyright

contracts: install
	@$(BIN)/lint-imports

wheel: install
	@rm -rf dist build/lib build/bdist.*
	@$(BIN)/python -m build --wheel --outdir dist --installer pip . >/dev/null
	@$(BIN)/python tests/wheel_contents.py dist

# Warnings are errors: a link to a page or a heading that is not there, a page that the map does not name. Always from nothing: a page that
# has not changed is not looked at again, though the heading that it links to may be gone.
site: install
	@rm -rf build/site build/doctrees
	@$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/doctrees docs build/site
	@echo "build/site/index.html"

check: test-all lint types contracts wheel site

bench: install
	@$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info testing/entry/*.egg-info
