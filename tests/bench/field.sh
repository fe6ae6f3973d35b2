#!/usr/bin/env bash
# usage: tests/bench/field.sh [--verdicts FILE] [--differences FILE] [--time FOLDER] FOLDER…
#
# Compares what `lock scan` and Renovate extract from checkouts of your own: one line a folder (see compare-extractions).
# Each is copied first (git archive of HEAD, without Renovate's own configuration, which would switch its extraction off).
#   --time FOLDER   also times both on that checkout, in five interleaved pairs
# Wants a release build in build/release, git, GNU time, python3, and Renovate with a Node that it takes, in a folder named
# by RENOVATE_HOME: npm install --ignore-scripts --omit=optional renovate@44.121.2 node@24 (node's own script is what
# unpacks it: npm rebuild node). Without Renovate nothing is compared, and the script says so and ends with 77.
set -euo pipefail
cd "$(dirname "$0")/../.."
bench=$PWD/tests/bench
lock=$PWD/build/release/lock
work=$PWD/build/bench/field
export LC_ALL=C LOCK_CACHE=$work/cache
verdicts='' differences='' timed='' folders=()
while [ $# -gt 0 ]; do
  case $1 in
    --verdicts) verdicts=$(realpath "$2"); shift ;;
    --differences) differences=$(realpath -m "$2"); shift ;;
    --time) timed=$(realpath "$2"); shift ;;
    -*) sed -n '2p' "$0" >&2; exit 2 ;;
    *) folders+=("$(realpath "$1")") ;;
  esac
  shift
done
node=${RENOVATE_HOME:-}/node_modules/node/bin/node
renovate=${RENOVATE_HOME:-}/node_modules/renovate/dist/renovate.js
if [ ! -x "$node" ] || [ ! -e "$renovate" ]; then
  echo "skipped: no Renovate and Node in RENOVATE_HOME ('${RENOVATE_HOME:-}'): nothing was compared" >&2
  exit 77
fi
[ -x "$lock" ] || { echo "expected a release build at $lock: cmake --preset release && cmake --build --preset release" >&2; exit 2; }
mkdir -p "$work/home"

# copy FOLDER: its HEAD as a repository of its own; prints the path.
copy() {
  local name=$work/trees/${1##*/}
  rm -rf "$name"
  mkdir -p "$name"
  git -C "$1" archive HEAD | tar x -C "$name"
  rm -f "$name"/{,.github/,.gitlab/}renovate.json{,5} "$name"/.renovaterc{,.json,.json5}
  git -C "$name" init -q
  git -C "$name" add -Af . 2>/dev/null
  echo "$name"
}

run_lock() { (cd "$1" && "$lock" scan --report json >"$2" 2>/dev/null); }
run_renovate() {
  (cd "$1" && HOME=$work/home LOG_LEVEL=error RENOVATE_CONFIG_FILE=$bench/field-renovate.json \
    "$node" "$renovate" --report-path="$2" >/dev/null 2>&1)
}

printf "%s\t" name true 'lock found' 'lock wrong' 'Renovate found' 'Renovate wrong' rendered '(Renovate)' apart '(Renovate)' unresolved
echo open
for folder in ${folders[@]+"${folders[@]}"}; do
  tree=$(copy "$folder")
  name=${folder##*/}
  run_lock "$tree" "$work/$name.lock.json"
  run_renovate "$tree" "$work/$name.renovate.json"
  "$bench/compare-extractions" "$name" "$tree" "$work/$name.lock.json" "$work/$name.renovate.json" \
    ${verdicts:+--verdicts "$verdicts"} ${differences:+--differences "$differences"}
done

[ -n "$timed" ] || exit 0
tree=$(copy "$timed")
"$bench/measure" pairs "$work/times" "extraction of ${timed##*/}, $(git -C "$tree" ls-files | wc -l) files" \
  "lock scan=cd '$tree' && '$lock' scan" \
  "Renovate=cd '$tree' && HOME='$work/home' LOG_LEVEL=error RENOVATE_CONFIG_FILE='$bench/field-renovate.json' '$node' '$renovate' --report-path='$work/timed.json'"
