#!/usr/bin/env bash
# usage: tests/tidy.sh [JOBS]   (from the top folder, after `cmake --preset tidy`)
#
# clang-tidy over every source of the compilation database. A file that came out clean, as the preprocessor shows it and with
# the same .clang-tidy, is not read again: its hash is kept in build/tidy/clean. Prints what is wrong; ends with 1 if anything is.
set -uo pipefail
database=build/tidy/compile_commands.json
clean=build/tidy/clean
mkdir -p "$clean"

# One line a source: its path and the command that preprocesses it, comments kept since NOLINT is one.
preprocessors() {
  sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$database" | sed -E 's/\\(.)/\1/g; s| -o [^ ]+ -c ([^ ]+)$| -E -C -P -o - \1|; s|^(.* ([^ ]+))$|\2\t\1|'
}

one() {
  local source=$1 command=$2 hash found
  hash=$( (clang-tidy-19 --version; cat .clang-tidy tests/.clang-tidy; (cd build/tidy && eval "$command")) | sha256sum | cut -d' ' -f1)
  [ ! -e "$clean/$hash" ] || return 0
  if found=$(clang-tidy-19 -quiet -p build/tidy "$source" 2>&1); then
    : >"$clean/$hash"
    return 0
  fi
  grep -E '(error|warning): ' <<<"$found" || tail -20 <<<"$found"
  return 1
}
export -f one
export clean

preprocessors | tr '\t\n' '\0\0' | xargs -0 -n 2 -P "${1:-$(nproc)}" bash -c 'one "$@" || exit 1' tidy
