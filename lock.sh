#!/usr/bin/env sh
# Derives requirements.lock and requirements-dev.lock from pyproject.toml, the one list of dependencies.
# torch's CUDA packages stay out: the CUDA build asks for them itself and the CPU build needs none.
set -eu
bin=.venv/bin
cuda='^(cuda-|nvidia-|triton)'
compile() {
  "$bin/uv" pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header "$@"
}
head='# Derived from pyproject.toml by `make lock`; do not edit.'
{ echo "$head"; compile pyproject.toml | grep -vE "$cuda"; } > requirements.lock.part
mv requirements.lock.part requirements.lock
{
  echo "$head"
  echo '-c requirements.lock'
  compile --group dev --constraint requirements.lock
} > requirements-dev.lock.part
mv requirements-dev.lock.part requirements-dev.lock
