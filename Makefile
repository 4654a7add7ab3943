# Two commands: `make demo` and `make test`. Everything lands in .venv and in the cache folder
# ($STP_HOME, else $XDG_CACHE_HOME/stp, else ~/.cache/stp); running either again reuses what is there.

PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint clean

demo: $(READY)
	$(BIN)/stp demo

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/pip install -q "ruff>=0.6" "mypy>=1.11"
	$(BIN)/ruff check stp tests
	$(BIN)/ruff format --check stp tests
	$(BIN)/mypy

# torch first and by itself: its CPU build is enough here, and a dependency resolved later keeps it.
$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "stp needs Python 3.11 or newer; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install -q --disable-pip-version-check -e ".[test]"
	touch $(READY)

clean:
	rm -rf $(VENV) build dist *.egg-info
