# The workbench's commands. They need Python 3.11 or newer, make and git; all else goes into .venv.
#
#   make lab     install, and open JupyterLab on the tour       make lab ARGS=--no-browser
#   make test    install, and check everything                  make test ARGS='tests/panels -x'
#   make coverage  the same, and list which lines no test runs
#   make test-all  test with more examples, and on every engine
#   make demo    print a connectivity map
#   make docs    build the pages of docs/ and the API reference into site/
#   make pictures  take the README's pictures of the running workbench anew
#   make bench   measure the engine, flows, baselines and generation beside named alternatives, audits, the graph in a browser, and a large cluster
#   make fuzz    compare the engine, and the time machine, with naive ones    make fuzz CLUSTERS=300 FLOWS=50000
#   make mutants check that the suite notices seeded mistakes     make mutants ARGS=siblings
#   make lock    write the exact versions anew                  make lock ARGS=--upgrade
#   make lock-check  ask whether they can be installed on Linux and macOS, x86-64 and arm64, Python 3.11 to 3.13
#   make newest  run the tests on the newest versions that pyproject.toml allows
#   make clean   remove what the above made

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help lab test coverage test-all chromium demo docs pictures bench fuzz mutants lock lock-check newest clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OTHER := .venv-bench/bin/nca
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
ARGS ?=
CLUSTERS ?= 3000
FLOWS ?= 1000000
CHROMIUM_NAMES := chromium chromium-browser google-chrome
DEMO := $(firstword $(wildcard ../shared/corpus/online-boutique) data/samples/shop)
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)

help:
	@sed -n 's/^#   //p' Makefile

# --- the environment: a stamp is written only after an install that succeeded -------------------

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not on the PATH; say which Python to use: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); say which to use: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: this Python has no venv or ensurepip; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "make: could not make $(VENV); on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

# Exact versions, held to their hashes (requirements/README.md); nothing is built by anything newer.
define install
@echo "Installing netpol-workbench ($(1)) into $(VENV); the first time takes some minutes …"
@rm -f $(2)
@$(PIP) --require-hashes --requirement requirements/build.txt
@$(PIP) --require-hashes --no-build-isolation --requirement requirements/$(1).txt
@$(PIP) --no-deps --no-build-isolation --editable .
@touch $(2)
endef

$(VENV)/.core: pyproject.toml requirements/build.txt requirements/core.txt $(VENV)/.made
	$(call install,core,$(VENV)/.core)

$(VENV)/.lab: pyproject.toml requirements/build.txt requirements/lab.txt $(VENV)/.made
	$(call install,lab,$(VENV)/.core $(VENV)/.lab)

$(VENV)/.test: pyproject.toml requirements/build.txt requirements/test.txt $(VENV)/.made
	$(call install,test,$(VENV)/.core $(VENV)/.lab $(VENV)/.test)

# --- the lab ----------------------------------------------------------------------------------------

# No news, no search for updates: nothing that is opened here asks another host for anything.
lab: $(VENV)/.lab
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' > $(VENV)/share/jupyter/lab/settings/overrides.json
	@$(BIN)/jupyter lab $(ROOT_FLAG) \
	    --ServerApp.ip=127.0.0.1 \
	    --ServerApp.root_dir='$(CURDIR)' \
	    --LabApp.default_url=/lab/tree/notebooks/00_tour.ipynb \
	    --LabApp.news_url=None \
	    --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
	    $(ARGS)

# --- the tests: style and types first, so that the output ends on pytest's summary ------------------

test: $(VENV)/.test chromium
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy workbench tests mkdocs_hooks.py $(wildcard benchmarks)
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n logical --durations 20 $(ARGS)

# It costs as much time again.
coverage:
	@$(MAKE) --no-print-directory test ARGS='--cov --cov-report=term $(ARGS)'

# The same with every example of every property, and with what repeats on other engines.
test-all:
	@NETPOL_THOROUGH=1 $(MAKE) --no-print-directory test

# Debian's and Ubuntu's Chromium for the browser tests, where it may be installed; they are skipped otherwise.
chromium:
	@for name in $(CHROMIUM_NAMES); do if command -v $$name >/dev/null; then exit 0; fi; done; \
	command -v apt-get >/dev/null || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as_root=; elif sudo -n true 2>/dev/null; then as_root='sudo -n'; else exit 0; fi; \
	echo "Installing Chromium for the browser tests …"; \
	{ $$as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 </dev/null \
	    || echo "Chromium could not be installed; the browser tests will be skipped."

# --- the rest -----------------------------------------------------------------------------------------

demo: $(VENV)/.core
	@$(BIN)/netpol-workbench connectivity map $(DEMO) $(ARGS)

# A warning is an error. No page asks another host for anything; its search wants a server, any at all.
docs: $(VENV)/.test
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict $(ARGS)
	@echo "Open site/index.html, or run $(BIN)/python -m http.server --bind 127.0.0.1 --directory site"

# What the README shows is what the workbench looks like.
pictures: $(VENV)/.test chromium
	@$(BIN)/python -m tests.browser.pictures

bench: $(VENV)/.test chromium $(OTHER)
	@$(BIN)/python -m benchmarks.reference_tool $(OTHER)
	@$(BIN)/python -m benchmarks

# The tool that ours is measured beside, in an environment of its own.
$(OTHER):
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-input network-config-analyzer==2.1.0

# New random clusters, and months of flows, as many as are wanted; a failure says with which seed it is seen again.
fuzz: $(VENV)/.test
	@$(BIN)/python -m tests.connectivity.fuzz --clusters $(CLUSTERS) $(ARGS)
	@$(BIN)/python -m tests.whatif.fuzz --flows $(FLOWS)

# Takes some minutes: for each mistake, a run of the tests that are to notice it, up to the first that fails.
mutants: $(VENV)/.test
	@$(BIN)/python -m tests.mutants $(ARGS)

# --- exact versions -----------------------------------------------------------------------------------

UV := .venv-lock/bin/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(ARGS)
PLATFORMS := x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu x86_64-apple-darwin aarch64-apple-darwin
PYTHONS := 3.11 3.12 3.13

$(UV):
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check --no-input 'uv>=0.9'

# The widest first: what the others hold, they hold in its versions.
lock: $(UV)
	@$(COMPILE) --output-file requirements/build.txt requirements/build.in
	@$(COMPILE) --output-file requirements/test.txt --extra test pyproject.toml
	@$(COMPILE) --output-file requirements/lab.txt --constraints requirements/test.txt --extra lab pyproject.toml
	@$(COMPILE) --output-file requirements/core.txt --constraints requirements/test.txt pyproject.toml

# Nothing is installed. PySpark comes as sources only, which any platform can build.
lock-check: $(UV)
	@for platform in $(PLATFORMS); do for python in $(PYTHONS); do for file in build core lab test; do \
	    $(UV) pip install --no-config --quiet --dry-run --target .venv-lock/none --python-platform $$platform --python-version $$python \
	        --require-hashes --only-binary :all: --no-binary pyspark --requirement requirements/$$file.txt; done; \
	    echo "$$platform, Python $$python: everything can be installed"; done; done

newest:
	@rm -rf .venv-newest && $(PYTHON) -m venv .venv-newest
	@.venv-newest/bin/python -m pip install --quiet --disable-pip-version-check --no-input --editable '.[test]'
	@echo "Newer than requirements/test.txt:"
	@diff <(grep -oE '^[^ ;]+==[^ ;]+' requirements/test.txt | sort) <(.venv-newest/bin/python -m pip freeze --exclude-editable | sort) \
	    | grep '^>' || echo "nothing"
	@.venv-newest/bin/python -m pytest -n logical $(ARGS)

clean:
	rm -rf $(VENV) .venv-bench .venv-lock .venv-newest build dist site .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
