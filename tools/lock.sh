#!/usr/bin/env sh
# Derives the locks from pyproject.toml, the one list of dependencies. What is locked keeps its version where it still
# fits; `make lock ARGS=--upgrade` takes the newest of everything.
# torch's CUDA packages stay out: the CUDA build asks for them itself and the CPU build needs none.
# requirements.lock and requirements-dev.lock pin versions, for pip, uv and conda alike. requirements.hashes and
# requirements-dev.hashes pin the files of the same versions, but for torch's, which come as the CUDA or the CPU build.
set -eu
# A local folder of wheels may hold a +cpu build of torch, which is not for every machine.
unset UV_FIND_LINKS
cuda='^(cuda-|nvidia-|triton)'
head='# Derived from pyproject.toml by `make lock`; do not edit.'
part=.venv/lock.part
compile() {
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header "$@"
}
# lock FILE FIRST_LINES ARGUMENTS...: uv reads in the output file what was locked before.
lock() {
  file=$1 first=$2
  shift 2
  grep -v '^-' "$file" > "$part"
  compile "$@" --output-file "$part" > /dev/null
  { echo "$first"; grep -vE "^#|$cuda" "$part"; } > "$part.2"
  mv "$part.2" "$file"
}
hashes() {
  echo "$head"
  sort -u | compile --no-deps --generate-hashes -
}
lock requirements.lock "$head" pyproject.toml "$@"
lock requirements-dev.lock "$head
-c requirements.lock" --group dev --constraint requirements.lock "$@"
# The data files of aeon are installed without what aeon asks for, so it is in no other lock; uv installs the rest.
{
  grep -vE '^(#|torch=)' requirements.lock
  grep -oE 'aeon==[0-9.]+' pyproject.toml
  grep -E '^uv==' requirements-dev.lock
} | hashes > "$part"
mv "$part" requirements.hashes
grep -vE '^(#|-c|torch=|uv=)' requirements-dev.lock | grep -vxFf requirements.lock | hashes > "$part"
mv "$part" requirements-dev.hashes
