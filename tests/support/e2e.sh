# What the scripts of tests/e2e share; they begin with `. "$SOURCE/tests/support/e2e.sh"`.
#
# A script gets from tests/run.sh: LOCK, the program; SOURCE, the root of the sources; HOME and TMPDIR, an empty folder
# of its own; LOCK_CACHE inside it. It prints `ok NAME`, `not ok NAME` or `skip NAME reason`, a line each, and anything
# else as explanation, and ends with 1 when a line was `not ok`. With LOCK_ALL=1 (tests/run.sh --all) it takes its time.
# By hand: SOURCE=$PWD LOCK=build/release/lock bash tests/e2e/NAME.sh
set -uo pipefail

SOURCE=${SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
LOCK=$(realpath -m "${LOCK:-$SOURCE/build/release/lock}")
WORK=$(mktemp -d "${TMPDIR:-/tmp}/lock-e2e.XXXXXX")
export LOCK SOURCE LOCK_CACHE=${LOCK_CACHE:-$WORK/cache}
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com
export GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
servers=()
at_end() {
  local status=$? server
  for server in ${servers[@]+"${servers[@]}"}; do kill "$server" 2>/dev/null; done
  wait
  [ ! -e "$WORK/.failed" ] || status=1
  rm -rf "$WORK"
  exit "$status"
}
trap at_end EXIT
trap 'exit 143' TERM INT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1" && : >"$WORK/.failed"; }
skip() { echo "skip $*"; }

# need PROGRAM…: ends the script with one skip when a program is missing.
need() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null && continue
    skip "$(basename "$0" .sh)" "there is no $program here"
    exit 0
  done
}

# run COMMAND…: leaves $status, $WORK/out and $WORK/err.
run() {
  status=0
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || status=$?
}

# exits NAME STATUS COMMAND…: the command ends with this status.
exits() {
  local name=$1 wanted=$2
  shift 2
  run "$@"
  [ "$status" -eq "$wanted" ] && ok "$name" && return
  not_ok "$name"
  echo "  $*"
  echo "  wanted status $wanted, got $status"
  sed 's/^/  | /' "$WORK/out" "$WORK/err" | head -60
}

# says NAME TEXT [FILE]: the last command's output or messages (or FILE) hold this text.
says() {
  if grep -qF -- "$2" "${3:-$WORK/out}" || { [ $# -lt 3 ] && grep -qF -- "$2" "$WORK/err"; }; then
    ok "$1"
  else
    not_ok "$1"
    echo "  wanted the text: $2"
    sed 's/^/  | /' "${3:-$WORK/out}" "$WORK/err" | head -60
  fi
}

# same NAME WANTED GOT: two files are equal, byte for byte. With LOCK_ACCEPT=1, WANTED becomes a copy of GOT.
same() {
  if cmp -s "$2" "$3"; then
    ok "$1"
  elif [ -n "${LOCK_ACCEPT:-}" ]; then
    cp "$3" "$2"
    skip "$1" "expectation rewritten"
  else
    not_ok "$1"
    diff -u "$2" "$3" | sed 's/^/  | /' | head -80
  fi
}

# free_port: a loopback port that nobody listens on now. Servers that can choose their own port should.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000 + $$ % 100))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# wait_for PORT: until somebody listens there, ten seconds at most.
wait_for() {
  local i
  for ((i = 0; i < 200; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.05
  done
  echo "  nobody listens on port $1"
  return 1
}

# start_registry DIR [EXTRA YAML under http:]: Debian's docker-registry on a free port; sets $port. DIR keeps its data.
start_registry() {
  port=$(free_port)
  mkdir -p "$1"
  {
    printf 'version: 0.1\nlog: {level: info}\nstorage:\n  delete: {enabled: true}\n'
    printf '  filesystem: {rootdirectory: %s/data}\nhttp:\n  addr: 127.0.0.1:%s\n%s\n' "$1" "$port" "${2:-}"
  } >"$1/config.yml"
  docker-registry serve "$1/config.yml" >"$1/log" 2>&1 &
  servers+=($!)
  wait_for "$port"
}

# start_fake_registry ARGUMENT…: the scripted registry of tests/support/registry/ (main.cpp says which arguments); sets
# $fake, $fake_token and $fake_other to host:port of its doors. What it was asked: curl -s http://$fake/_counters, /_log.
# shellcheck disable=SC2034 # the script uses them
start_fake_registry() {
  local program pipe out i
  program=$(dirname "$LOCK")/tests/lock_fake_registry
  [ -x "$program" ] || { skip "$(basename "$0" .sh)" "there is no $program"; exit 0; }
  pipe=$(mktemp -u "$WORK/fake.XXXXXX") out=$WORK/fake.$RANDOM.out
  mkfifo "$pipe" && : >"$out"
  exec {fake_input}<>"$pipe" # it serves until its standard input ends
  "$program" "$@" <"$pipe" >"$out" 2>&1 &
  servers+=($!)
  for ((i = 0; i < 200; i++)); do
    grep -q '^ready' "$out" && break
    sleep 0.02
  done
  fake=$(sed -n 's/^registry //p' "$out")
  fake_token=$(sed -n 's/^token //p' "$out")
  fake_other=$(sed -n 's/^other //p' "$out")
  [ -n "$fake" ] || { cat "$out"; return 1; }
}
