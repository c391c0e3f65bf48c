# Every target explains itself: `make help`. Parameters of a study go into ARGS: make study ARGS="-P trials=5"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AEON := aeon==1.6.0
ARGS ?=
PORT ?= 5000
# Where the links of a study lead, and where MLflow's own UI listens.
export MLFLOW_PORT = $(PORT)

# The store of `make study` and `make ui`: a database beside the project, artifacts under mlartifacts/.
export MLFLOW_TRACKING_URI ?= sqlite:///mlflow.db
export MLFLOW_EXPERIMENT_NAME ?= timesnet-layer-study
# uv looks for wheels where pip does.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: help study ui test check lock clean

help:  ## explain every target
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

study: $(VENV)/ready  ## find the best layer (20 trials on Bitcoin candles) and register it; ARGS="-P trials=5 -P seed=1"
	@$(BIN)/python -m study.stores.make
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mlflow run . -e study --env-manager local --experiment-name "$$MLFLOW_EXPERIMENT_NAME" $(ARGS)

ui: $(VENV)/ready  ## open the study's store in MLflow's UI on http://127.0.0.1:5000 (PORT=5001 for another port)
	@echo "open http://127.0.0.1:$(PORT)"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mlflow ui --backend-store-uri "$$MLFLOW_TRACKING_URI" --host 127.0.0.1 --port $(PORT)

test: $(VENV)/ready  ## run the test suite, the end-to-end tests included, a file at a time in two processes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/ready  ## lint, formatting, types and known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/audit.py

lock: $(VENV)/ready  ## derive the locks from pyproject.toml
	sh tools/lock.sh

$(VENV)/ready: requirements.lock requirements-dev.lock requirements.hashes pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "building the environment in $(VENV) from the lock: one to five minutes, mostly torch"
	@$(PYTHON) -m venv $(VENV)
	@# Files that are not those of the lock are refused. torch, which has no hash here, comes second: CUDA or CPU build.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock -r requirements-dev.lock
	@# aeon for its data files alone: nothing of it is imported, so nothing that it asks for is needed.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . $(AEON)
	@touch $@

clean:  ## delete the environment and caches; studies and MLflow's store stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info
