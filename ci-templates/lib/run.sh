#!/usr/bin/env bash
# Runs one `lock` command in a pipeline: the only shell that the templates have.
#
# In, from the process environment (nothing is taken from text that a shell has expanded):
#   LOCK_PATH                 the program; or
#   LOCK_URL, LOCK_SHA256     where to download it, and what its bytes must be
#   LOCK_COMMAND              update, verify, …
#   LOCK_ARGS                 one argument a line
#   LOCK_REPORT               one FORMAT=FILE a line, besides the JSON report that is always made
#   LOCK_CONFIG               another images.toml
#   LOCK_WORKING_DIRECTORY    where to run
#   LOCK_SUMMARY              "true": the report also goes to the step summary
#   LOCK_FAIL_ON_UNDETERMINED "false": exit status 3 is told, and does not fail the step
# Out, to the file GITHUB_OUTPUT when there is one: status (ok, failed, undetermined, error), exit-code, json (a path).
# The exit status is that of `lock`. Nothing turns 1 into 0.
set -euo pipefail

scratch=${RUNNER_TEMP:-${TMPDIR:-/tmp}}
scratch=$(mktemp -d "$scratch/lock.XXXXXX")

# tell STATUS EXIT-CODE [JSON]: the outputs. Each value is one line of ours.
tell() {
  [ -z "${GITHUB_OUTPUT:-}" ] || printf 'status=%s\nexit-code=%s\njson=%s\n' "$1" "$2" "${3:-}" >>"$GITHUB_OUTPUT"
}

stop() {
  printf 'lock: %s\n' "$1" >&2
  tell error 2
  exit 2
}

fetch() {
  [ -n "${LOCK_SHA256:-}" ] || stop "a program from a URL needs sha256, the digest that its bytes must have"
  curl --fail --silent --show-error --location --proto '=https,http' --max-time 300 --output "$scratch/lock" "$LOCK_URL" ||
    stop "the program could not be downloaded from $LOCK_URL"
  printf '%s  %s\n' "$LOCK_SHA256" "$scratch/lock" | sha256sum --check --status ||
    stop "the program at $LOCK_URL does not have the SHA-256 that was asked for"
  chmod +x "$scratch/lock"
  program=$scratch/lock
}

lines_of() { # the non-empty lines of $1, into the array `lines`
  local line
  lines=()
  while IFS= read -r line; do [ -z "$line" ] || lines+=("$line"); done <<<"$1"
}

program=${LOCK_PATH:-lock}
[ -n "${LOCK_PATH:-}" ] || [ -z "${LOCK_URL:-}" ] || fetch
program=$(command -v "$program") || stop "there is no program at ${LOCK_PATH:-lock (in PATH)}"
[ -n "${LOCK_COMMAND:-}" ] || stop "no command was given"
case $program in /*) ;; *) program=$PWD/$program ;; esac

json=$scratch/report.json
arguments=(--report text --report "json=$json")
lines_of "${LOCK_REPORT:-}"
for line in ${lines[@]+"${lines[@]}"}; do
  case $line in *=*) ;; *) stop "report takes FORMAT=FILE, not '$line': the log has the text already" ;; esac
  arguments+=(--report "$line")
done
[ -z "${LOCK_CONFIG:-}" ] || arguments+=(--config "$LOCK_CONFIG")
arguments+=("$LOCK_COMMAND")
lines_of "${LOCK_ARGS:-}"
arguments+=(${lines[@]+"${lines[@]}"})

cd "${LOCK_WORKING_DIRECTORY:-.}" || stop "there is no folder ${LOCK_WORKING_DIRECTORY:-}"
code=0
"$program" "${arguments[@]}" >"$scratch/text" </dev/null || code=$?

# Text from a repository must not become a command of the runner: `::set-output`, `::add-mask` and the like.
token=$(head -c 24 /dev/urandom | sha256sum | cut -c1-32)
[ -z "${GITHUB_ACTIONS:-}" ] || printf '::stop-commands::%s\n' "$token"
cat "$scratch/text"
[ -z "${GITHUB_ACTIONS:-}" ] || printf '::%s::\n' "$token"

case $code in
  0) status=ok ;;
  1) status=failed ;;
  3) status=undetermined ;;
  *) status=error ;;
esac
[ -e "$json" ] || json=
tell "$status" "$code" "$json"

if [ "${LOCK_SUMMARY:-false}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  # Indented, so that no text closes the block; cut far below the megabyte that a summary may have.
  {
    printf '### lock %s: %s\n\n' "$LOCK_COMMAND" "$status"
    head -c 200000 "$scratch/text" | sed 's/^/    /'
    printf '\n'
  } >>"$GITHUB_STEP_SUMMARY"
fi

if [ "$code" -eq 3 ] && [ "${LOCK_FAIL_ON_UNDETERMINED:-true}" = false ]; then
  [ -z "${GITHUB_ACTIONS:-}" ] || printf '::warning title=lock::%s could not be determined\n' "$LOCK_COMMAND"
  exit 0
fi
exit "$code"
