#!/usr/bin/env bash
# usage: tests/run.sh [--all] [--fresh] [PART…]
#
# Installs what the tests need, builds, runs them, and ends with one line of counts:
#
#     123 passed, 0 failed, 2 skipped
#
#   PART      only these parts, in this order: unit, e2e, fuzz (the default), sanitizers, tidy
#   --all     every part: also the address, undefined-behaviour and thread sanitizers, longer fuzzing and clang-tidy
#   --fresh   instead of all this: the two commands of README.md on fresh machines of Debian 12 and 13 (root only)
#
# The exit status is 0 when something passed and nothing failed. It may be run again and again; a second run builds only
# what has changed. Every test that cannot run here says so and counts as skipped. LOCK_JOBS limits the build.
set -euo pipefail
cd "$(dirname "$0")/.."
export LANG=C LC_ALL=C
jobs=${LOCK_JOBS:-}
unset CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE LOCK_JOBS LOCK_CACHE

passed=0 failed=0 skipped=0
fuzz_seconds=3
all='' # the long form of the tests that have one
parts=()
configure=()
say() { printf '\n== %s\n' "$*"; }

# Adds the outcomes that a part has printed: lines `ok NAME`, `not ok NAME` and `skip NAME reason`.
count() {
  passed=$((passed + $(grep -c '^ok ' "$1" || true)))
  failed=$((failed + $(grep -c '^not ok ' "$1" || true)))
  skipped=$((skipped + $(grep -c '^skip ' "$1" || true)))
}

# record TEXT…: one outcome that this script itself has to tell.
record() {
  printf '%s\n' "$*"
  case $* in
    ok\ *) passed=$((passed + 1)) ;;
    skip\ *) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
  esac
}

finish() {
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# build PRESET TARGET…: configures and builds; prints the end of the log when that fails.
build() {
  local preset=$1 log
  shift
  mkdir -p build
  log=build/$preset.log
  if cmake --preset "$preset" -DLOCK_TESTS=ON ${configure[@]+"${configure[@]}"} >"$log" 2>&1 &&
    cmake --build --preset "$preset" ${jobs:+-j "$jobs"} --target "$@" -- -k 0 >>"$log" 2>&1; then
    return 0
  fi
  grep -E 'error|FAILED|undefined|CMake Error' "$log" | head -40 || true
  tail -20 "$log"
  record "not ok build of the preset $preset (whole log: $log)"
  return 1
}

# unit PRESET: the GoogleTest program, golden cases included; its own summary is what counts.
unit() {
  local log=build/$1/unit.log status=0
  timeout --kill-after=10 900 "build/$1/tests/lock_tests" >"$log" 2>&1 || status=$?
  local ok bad skip
  ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\{0,1\}\..*/\1/p' "$log")
  skip=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) tests\{0,1\},.*/\1/p' "$log")
  bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) tests\{0,1\},.*/\1/p' "$log")
  grep -vE '^\[( RUN |       OK |-----)|^$' "$log" || true
  passed=$((passed + ${ok:-0})) failed=$((failed + ${bad:-0})) skipped=$((skipped + ${skip:-0}))
  if [ -z "$ok" ] || { [ "$status" -ne 0 ] && [ "${bad:-0}" -eq 0 ]; }; then
    record "not ok lock_tests of the preset $1 ended with status $status before its end"
  fi
}

part_unit() {
  say "unit tests and golden cases"
  build release all && unit release
}

# Whole runs of the real program. Each script is on its own: an empty home, its own cache, a time limit.
part_e2e() {
  say "whole runs of the program"
  build release all || return 0
  local script
  for script in tests/e2e/*.sh; do
    [ -e "$script" ] || { record "skip e2e there is no script in tests/e2e"; break; }
    e2e "$script" build/release/lock
  done
}

e2e() {
  local script=$1 home status=0 limit log began=$SECONDS
  log=build/e2e-$(basename "$script" .sh).log
  limit=$(sed -n 's/^# time limit: \([0-9]*\) s.*/\1/p' "$script")
  home=$(mktemp -d "${TMPDIR:-/tmp}/lock-e2e.XXXXXX")
  echo "-- $script"
  env -i PATH="$PATH" LANG=C TERM=dumb HOME="$home" TMPDIR="$home" LOCK="$PWD/$2" LOCK_CACHE="$home/cache" \
    SOURCE="$PWD" GIT_CONFIG_NOSYSTEM=1 ${all:+LOCK_ALL="$all"} ${LOCK_ACCEPT:+LOCK_ACCEPT="$LOCK_ACCEPT"} \
    timeout --kill-after=10 "${limit:-120}" bash "$script" </dev/null >"$log" 2>&1 || status=$?
  cat "$log"
  echo "-- $((SECONDS - began)) s"
  count "$log"
  if [ "$status" -ne 0 ] && ! grep -q '^not ok ' "$log"; then
    record "not ok $script ended with status $status"
  elif ! grep -qE '^(ok|not ok|skip) ' "$log"; then
    record "not ok $script reported nothing"
  fi
  rm -rf "$home"
}

# Every harness for a short while, from its seeds and from what earlier runs have found; as many at once as there are cores.
part_fuzz() {
  say "fuzz harnesses, $fuzz_seconds s each"
  if ! command -v clang++-19 >/dev/null; then
    record "skip fuzz there is no clang 19 here"
    return 0
  fi
  local harness name started=0 targets=()
  for harness in tests/fuzz/*.cpp; do [ -e "$harness" ] && targets+=("fuzz_$(basename "$harness" .cpp)"); done
  [ ${#targets[@]} -gt 0 ] || { record "skip fuzz there is no harness in tests/fuzz"; return 0; }
  # A short run waits for the compiler more than for the harnesses: unoptimized, it is over sooner.
  local level=-O0
  [ -z "$all" ] || level=-O1
  local configure=(-DCMAKE_CXX_FLAGS_RELWITHDEBINFO="$level -gline-tables-only -DNDEBUG")
  build fuzz "${targets[@]}" || return 0
  for name in "${targets[@]}"; do
    fuzz "$name" >"build/fuzz/$name.outcome" 2>&1 &
    started=$((started + 1))
    [ $((started % $(nproc))) -ne 0 ] || wait
  done
  wait
  for name in "${targets[@]}"; do
    cat "build/fuzz/$name.outcome"
    count "build/fuzz/$name.outcome"
  done
}

fuzz() {
  local name=$1 log=build/fuzz/$1.log found=build/fuzz/found/${1#fuzz_}
  mkdir -p "$found" "tests/fuzz/corpus/${name#fuzz_}"
  if "build/fuzz/tests/$name" -max_total_time="$fuzz_seconds" -timeout=20 -rss_limit_mb=3000 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="build/fuzz/$name-" "$found" "tests/fuzz/corpus/${name#fuzz_}" >"$log" 2>&1
  then
    echo "ok $name, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    tail -40 "$log"
    echo "not ok $name (whole log: $log)"
  fi
}

part_sanitizers() {
  local preset script
  for preset in asan tsan; do
    say "unit tests and golden cases under the preset $preset"
    build "$preset" all && unit "$preset"
  done
  say "whole runs of the program under the preset asan"
  for script in tests/e2e/*.sh; do
    grep -q '^# sanitizers: no' "$script" || e2e "$script" build/asan/lock
  done
}

part_tidy() {
  say "clang-tidy"
  if ! command -v clang-tidy-19 >/dev/null; then
    record "skip clang-tidy there is no clang-tidy 19 here"
    return 0
  fi
  mkdir -p build
  if cmake --preset tidy -DLOCK_TESTS=ON >build/tidy.log 2>&1 && bash tests/tidy.sh ${jobs:+"$jobs"} >>build/tidy.log 2>&1; then
    record "ok clang-tidy"
  else
    grep -E '(error|warning): ' build/tidy.log | sort -u | head -60 || tail -20 build/tidy.log
    record "not ok clang-tidy (whole log: build/tidy.log)"
  fi
}

fresh() {
  local suite
  .ci/install fresh
  for suite in bookworm trixie; do
    say "the two commands of README.md on a fresh $suite"
    bash tests/e2e/fresh/debian.sh "$suite" 2>&1 | tee "build/fresh-$suite.log"
    count "build/fresh-$suite.log"
  done
}

groups=(build test fuzz)
while [ $# -gt 0 ]; do
  case $1 in
    --all) parts=(unit e2e fuzz sanitizers tidy) fuzz_seconds=180 all=1 groups+=(all) ;;
    --fresh) mkdir -p build && fresh && finish && exit ;;
    unit | e2e | fuzz | sanitizers | tidy) parts+=("$1") ;;
    *) sed -n '2p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(unit e2e fuzz)
[[ " ${parts[*]} " != *" tidy "* ]] || groups+=(all)

say "what the tests need"
.ci/install "${groups[@]}"
for part in "${parts[@]}"; do
  began=$SECONDS
  "part_$part" || true
  echo "== $part took $((SECONDS - began)) s"
done
finish
