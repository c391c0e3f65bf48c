# Every target explains itself: `make help`. Parameters of a study go into ARGS: make study ARGS="-P trials=5"
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
ARGS ?=
PORT ?= 5000
# Where the links of a study lead, and where MLflow's own UI listens.
export MLFLOW_PORT = $(PORT)

# The store of `make study` and `make ui`: a database beside the project, artifacts under mlartifacts/.
export MLFLOW_TRACKING_URI ?= sqlite:///mlflow.db
export MLFLOW_EXPERIMENT_NAME ?= timesnet-layer-study
# No study asks for MLflow's GenAI jobs, whose seven idle processes would take 1.7 GB and the first seconds of `make ui`.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION ?= false
# uv looks for wheels where pip does.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: help study ui test check lock clean

help:  ## explain every target
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

study: $(VENV)/ready  ## find the best layer (20 trials on Bitcoin candles) and register it; ARGS="-P trials=5 -P seed=1"
	@$(BIN)/python -m study.stores.make
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/mlflow run . -e study --env-manager local --experiment-name "$$MLFLOW_EXPERIMENT_NAME" $(ARGS)

ui: $(VENV)/ready  ## open the study's store in MLflow's UI on http://127.0.0.1:5000 (PORT=5001 for another port)
	@$(BIN)/python -m study.stores.make
	@$(BIN)/python -m study.tracking.newest_study
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/mlflow ui --backend-store-uri "$$MLFLOW_TRACKING_URI" --host 127.0.0.1 --port $(PORT)

test: $(VENV)/development  ## run the test suite, the end-to-end tests included, a file at a time in two processes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/development  ## lint, formatting, types, arrows between the rooms and known vulnerabilities
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python tools/audit.py

lock: $(VENV)/uv  ## derive the locks from pyproject.toml
	sh tools/lock.sh $(ARGS)

# uv installs what pip would, several times faster; the one that the lock names is put into the environment by pip.
$(VENV)/uv: requirements.hashes
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@echo "building the environment in $(VENV) from the lock: about a minute, mostly torch"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.hashes > $(VENV)/uv.part
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.part
	@mv $(VENV)/uv.part $@

# Files that are not those of the lock are refused. torch, which has no hash here, comes second: CUDA or CPU build.
$(VENV)/ready: $(VENV)/uv requirements.lock pyproject.toml
	@$(INSTALL) --require-hashes --no-deps -r requirements.hashes
	@$(INSTALL) -r requirements.lock
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/development: $(VENV)/ready requirements-dev.lock requirements-dev.hashes
	@echo "adding what the tests and checks need to $(VENV)"
	@$(INSTALL) --require-hashes --no-deps -r requirements-dev.hashes
	@touch $@

clean:  ## delete the environment and caches; studies and MLflow's store stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info
