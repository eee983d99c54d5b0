# Pinpu 拼铺. `make` alone lists what can be done. Needs Python 3.11 or newer; fetches the rest.

PYTHONS := python3.14 python3.13 python3.12 python3.11 python3
VENV    := .venv
PYTHON  := $(VENV)/bin/python
PINPU   := $(PYTHON) -m core.cli
PIP     := $(PYTHON) -m pip install --disable-pip-version-check --require-hashes --no-input
# Locks are resolved for every supported Python and system at once.
LOCK    := $(VENV)/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml

export PYTHONPATH := $(CURDIR)

.PHONY: help demo test check bench assets lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## run two example shops and say what to open (RESET=1 starts over, LAN=1 for phones; PINPU_PORT, PINPU_HOME)
	@exec $(PINPU) demo

test: $(VENV)/.development ## set up what tests need, then run every layer (LAYERS='fast browser stories installed')
	@exec $(PYTHON) tests/run.py $(LAYERS)

check: $(VENV)/.development ## formatting, linting, types, import contracts
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(VENV)/.development ## measure, and print ratios against the same rows written by hand
	@exec $(PYTHON) -m bench

assets: $(VENV)/.runtime ## fetch and build the browser files
	@exec $(PINPU) assets

lock: $(VENV)/.development ## resolve all packages anew: Python with hashes, npm by its lock file
	$(PYTHON) -m pip install --disable-pip-version-check --quiet uv
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock --group dev -o requirements-dev.lock
	$(filter-out pyproject.toml,$(LOCK)) --upgrade --group node -o requirements-node.lock
	npm update --package-lock-only --ignore-scripts

clean: ## remove everything that was fetched or built; data in PINPU_HOME stay
	rm -rf $(VENV) node_modules core/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The environment. A stamp file says which lock it was filled from.

$(PYTHON):
	@python=; \
	for candidate in $(PYTHONS); do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Pinpu needs Python 3.11 or newer and found none: install it and run make again." >&2; exit 1; \
	fi; \
	echo "· Creating the environment with $$($$python --version) …"; \
	rm -rf $(VENV); \
	if $$python -m venv $(VENV) >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "· Installing Python's venv module …"; \
	  { apt-get update && apt-get install --yes --no-install-recommends python3-venv; } >/dev/null 2>&1; \
	  rm -rf $(VENV); \
	  if $$python -m venv $(VENV) >/dev/null 2>&1; then exit 0; fi; \
	fi; \
	rm -rf $(VENV); \
	echo "Python's venv module is missing or incomplete: install it (Debian, Ubuntu: apt install python3-venv) and run make again." >&2; \
	exit 1

$(VENV)/.runtime: requirements.lock $(PYTHON)
	@$(call install,requirements.lock)
	@$(write_command)
	@touch $@

$(VENV)/.development: requirements-dev.lock $(PYTHON)
	@$(call install,requirements-dev.lock)
	@$(write_command)
	@touch $@ $(VENV)/.runtime

# `.venv/bin/pinpu`, from any folder.
write_command = printf '\#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m core.cli "$$@"\n' "$(CURDIR)" "$(CURDIR)/$(PYTHON)" \
  > $(VENV)/bin/pinpu && chmod +x $(VENV)/bin/pinpu

# pip names each package it collects; counting them against the lock file shows how far it is.
define install
total=$$(grep -c '^[a-zA-Z0-9].*==' $(1)); live=0; if [ -t 2 ]; then live=1; fi; log=$(VENV)/pip.log; \
echo "· Installing Python packages from $(1) …" >&2; \
{ $(PIP) --progress-bar off -r $(1) 2>&1 || touch $(VENV)/.failed; } | tee "$$log" | \
awk -v total="$$total" -v live="$$live" ' \
  live && /^(Collecting|Requirement already satisfied)/ { printf "\r  %d of about %d", ++n, total > "/dev/stderr" } \
  live && /^Installing collected/ { printf "\r  unpacking %d packages ", n > "/dev/stderr" } \
  END { if (live) printf "\r\033[K" > "/dev/stderr" }'; \
if [ -e $(VENV)/.failed ]; then \
  rm -f $(VENV)/.failed; \
  reason=$$(grep -m 1 -o 'No space left on device' "$$log" || grep '^ERROR' "$$log" | tail -n 1 | cut -c 1-200); \
  echo "The Python packages could not be installed: $$reason (all of it: $$log)." >&2; exit 1; \
fi; \
echo "✓ Python packages" >&2
endef
