# Twenty kills (fifty with LOCK_ALL=1) while an update waits for a registry, each after another number of answers: images.lock is the old one or
# the new one, byte for byte, nothing else lies beside it, and a later update works. SEED=n tries other moments.
# (A fault at every system call of the writing itself is tested in tests/unit/resolver/base.)
# time limit: 240 s
# shellcheck disable=SC2154 # e2e.sh sets fake
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need curl
RANDOM=${SEED:-3}
images=16 kills=$([ -n "${LOCK_ALL:-}" ] && echo 50 || echo 20)

# content SALT: what the registry holds, under the same tags; another salt makes other digests.
content() {
  local i separator='['
  for ((i = 1; i <= images; i++)); do
    printf '%s{"repository": "acme/app-%d", "tag": "1", "salt": "%s-%d", "platforms": ["linux/amd64", "linux/arm64"]}\n' \
      "$separator" $i "$1" $i
    separator=,
  done
  echo ']'
}

content old >"$WORK/old.json"
content new >"$WORK/new.json"
start_fake_registry --content "$WORK/old.json" || exit 1
mkdir "$WORK/tree" && cd "$WORK/tree" || exit
for ((i = 1; i <= images; i++)); do echo "FROM $fake/acme/app-$i:1" >>Dockerfile; done
exits "an update from nothing" 0 "$LOCK" update
cp images.lock "$WORK/old.lock"
curl -sf --data-binary "@$WORK/new.json" "http://$fake/_content" >/dev/null || not_ok "the tags move"
LOCK_CACHE=$WORK/another-cache exits "an upgrade to the moved tags" 0 "$LOCK" update --upgrade
cp images.lock "$WORK/new.lock"
exits "has other digests" 1 cmp -s "$WORK/old.lock" "$WORK/new.lock"

# hold N: the registry answers N questions about manifests and no more, and forgets what it was asked.
hold() {
  printf '[{"match": {"kind": "manifest", "skip": %d}, "hang": true}]' "$1" |
    curl -sf --data-binary @- "http://$fake/_faults" >/dev/null
  curl -sf -d '' "http://$fake/_forget" >/dev/null
}

# Every other kill has a cache of its own, so that manifests are fetched; the others share one that was killed before,
# and in time it holds them all.
caught=0 old=0 torn=0 stray=0
for ((i = 1; i <= kills; i++)); do
  cp "$WORK/old.lock" images.lock
  questions=$((RANDOM % (i % 2 ? 2 * images : images)))
  hold $questions
  LOCK_CACHE=$WORK/killed-cache$((i % 2 * i)) "$LOCK" update --upgrade >/dev/null 2>&1 &
  victim=$!
  for ((look = 0; look < 500; look++)); do
    [ "$(curl -s "http://$fake/_log" | grep -c manifests/)" -gt $questions ] && caught=$((caught + 1)) && break
    sleep 0.01
  done
  sleep "0.0$((RANDOM % 5))"
  kill -9 $victim 2>/dev/null
  wait $victim 2>/dev/null
  if cmp -s images.lock "$WORK/old.lock"; then
    old=$((old + 1))
  elif ! cmp -s images.lock "$WORK/new.lock"; then
    torn=$((torn + 1))
  fi
  [ "$(ls -A)" = $'Dockerfile\nimages.lock' ] || { stray=$((stray + 1)) && ls -A; }
done
echo '[]' | curl -sf --data-binary @- "http://$fake/_faults" >/dev/null
echo "  $caught of $kills kills met a question in flight; the old lock was there $old times"
exits "no lock is torn" 0 test $torn -eq 0
exits "each of $kills kills met a question in flight, before the lock is written" 0 test "$caught $old" = "$kills $kills"
exits "nothing is left beside the lock" 0 test $stray -eq 0
exits "a later update works" 0 "$LOCK" update --upgrade
same "and writes what an undisturbed one writes" "$WORK/new.lock" images.lock
cp "$WORK/old.lock" images.lock
LOCK_CACHE=$WORK/killed-cache0 exits "also with the cache of those that were killed" 0 "$LOCK" update --upgrade
same "the same bytes" "$WORK/new.lock" images.lock
