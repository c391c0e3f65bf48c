#!/usr/bin/env sh
# Derives the locks from pyproject.toml, the one list of dependencies.
# torch's CUDA packages stay out: the CUDA build asks for them itself and the CPU build needs none.
# requirements.lock and requirements-dev.lock pin versions, for pip, uv and conda alike. requirements.hashes pins the
# files of the same versions, but for torch's, which come as the CUDA or the CPU build: pip takes hashes for all or none.
set -eu
# A local folder of wheels may hold a +cpu build of torch, which is not for every machine.
unset UV_FIND_LINKS
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
{
  echo "$head"
  # The data files of aeon are installed without what aeon asks for, so it is in no other lock.
  { grep -hvE '^(#|-c|torch=)' requirements.lock requirements-dev.lock; grep -oE 'aeon==[0-9.]+' pyproject.toml; } |
    sort -u | compile --no-deps --generate-hashes -
} > requirements.hashes.part
mv requirements.hashes.part requirements.hashes
