# Runs the console blocks of a page as a reader would. Needs tests/support/e2e.sh.
#
# In: a Markdown file; its blocks ```console hold lines `$ COMMAND` (a trailing backslash goes on in the next line) and
# below each the whole output, messages included. All blocks of a page run in order in one shell, in a copy of
# examples/monorepo that is a git repository with `lock` in PATH. Out: one result for each command.
# With LOCK_ACCEPT=1 the page is rewritten with what the commands printed, and they count as skipped.

# playground DIR: examples/ as a user has it after cloning, and a program called `lock`.
playground() {
  mkdir -p "$1/bin"
  cp -r "$SOURCE/examples/monorepo" "$SOURCE/examples/registry" "$1/"
  ln -sf "$LOCK" "$1/bin/lock"
  git -C "$1/monorepo" init -q -b main .
  git -C "$1/monorepo" add .
  git -C "$1/monorepo" commit -q -m "A shop"
}

# The page again on standard output, each output replaced by what the command prints now; one line a command to file 3.
replay() {
  local line inside='' command='' last=0
  while IFS= read -r line; do
    if [ -z "$inside" ]; then
      printf '%s\n' "$line"
      [ "$line" = '```console' ] && inside=1
    elif [ "$line" = '```' ]; then
      inside='' command=''
      printf '%s\n' "$line"
    elif [ -n "$command" ]; then # the next line of a command that ended with a backslash
      printf '%s\n' "$line"
      command=${command%\\}$line
      [ "${line%\\}" = "$line" ] && play
    elif [ "${line#\$ }" != "$line" ]; then
      printf '%s\n' "$line"
      command=${line#\$ }
      [ "${line%\\}" = "$line" ] && play
    fi
  done
}

# One command, in the shell of the page, so that `cd` and `$?` work as they do for a reader.
play() {
  local now=$command
  command=''
  echo "$now" >&3
  (exit "$last")
  eval "$now" >"$WORK/played" 2>&1 </dev/null
  last=$?
  cat "$WORK/played"
}

# console_blocks PAGE NAME
console_blocks() {
  local page=$1 name=$2
  rm -rf "$WORK/play" "$WORK/commands"
  playground "$WORK/play"
  (
    cd "$WORK/play/monorepo" || exit
    export PATH="$WORK/play/bin:$PATH"
    replay <"$page" 3>"$WORK/commands"
  ) >"$WORK/replayed"
  if cmp -s "$page" "$WORK/replayed"; then
    while IFS= read -r line; do ok "$name: $line"; done <"$WORK/commands"
  elif [ -n "${LOCK_ACCEPT:-}" ]; then
    cat "$WORK/replayed" >"$page"
    skip "$name" "the page was rewritten"
  else
    not_ok "$name: its console blocks print something else now"
    diff -u "$page" "$WORK/replayed" | sed 's/^/  | /' | head -100
  fi
}
