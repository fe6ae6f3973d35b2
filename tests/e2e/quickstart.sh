# The tour of README.md, and what it walks through.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"

exits "the committed layout is what its generator writes" 0 \
  bash -c "'$SOURCE/examples/make-registry' '$WORK/registry' && diff -r '$SOURCE/examples/registry' '$WORK/registry'"

if [ -x "$LOCK" ]; then
  LOCK_PLAYGROUND=$WORK/playground exits "quickstart.sh" 0 "$SOURCE/examples/quickstart.sh"
  LOCK_PLAYGROUND=$WORK/playground exits "quickstart.sh, once more" 0 "$SOURCE/examples/quickstart.sh"
else
  not_ok "quickstart.sh: there is no program at $LOCK"
fi
