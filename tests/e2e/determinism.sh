# The same tree and the same answers make the same images.lock: whatever the order of the disk and of the answers, the
# locale and the time zone. (How many requests are in flight is no setting; the waits change which answers come first.)
# time limit: 120 s
# shellcheck disable=SC2154 # e2e.sh sets fake
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need curl shuf
images=24

{
  separator='['
  for ((i = 1; i <= images; i++)); do
    printf '%s{"repository": "acme/app-%d", "tag": "1", "salt": "%d", "platforms": ["linux/arm64", "linux/amd64"]}\n' \
      "$separator" $i $i
    separator=,
  done
  echo ']'
} >"$WORK/content.json"
start_fake_registry --content "$WORK/content.json" || exit 1

# plant FOLDER SEED: the tree, its files made in the order that the seed says.
plant() {
  local i
  mkdir -p "$1"
  for i in $(seq $images | shuf --random-source=<(yes "$2")); do
    mkdir -p "$1/service-$i"
    printf 'FROM %s/acme/app-%d:1 AS build\nFROM %s/acme/app-%d:1\n' "$fake" "$i" "$fake" $((i % images + 1)) \
      >"$1/service-$i/Dockerfile"
  done
}

# another NAME SEED [VARIABLE=VALUE…]: the tree in another order, answers in another order, nothing in the cache.
another() {
  local name=$1 seed=$2
  shift 2
  plant "$WORK/tree-$seed" "$seed"
  printf '[{"match": {"kind": "manifest", "percent": 50, "seed": %d}, "delay-ms": 30}]' "$seed" |
    curl -sf --data-binary @- "http://$fake/_faults" >/dev/null
  exits "update: $name" 0 env LOCK_CACHE="$WORK/cache-$seed" "$@" "$LOCK" -C "$WORK/tree-$seed" update
  sed "s|$WORK/tree-$seed|TREE|g" "$WORK/out" >"$WORK/out-$seed"
  if [ "$seed" -eq 1 ]; then return; fi
  same "the lock is byte-identical: $name" "$WORK/tree-1/images.lock" "$WORK/tree-$seed/images.lock"
  same "and so is what was said: $name" "$WORK/out-1" "$WORK/out-$seed"
}

another "a plain folder" 1
another "files made in another order" 2
another "and in a third one" 3
another "another time zone" 4 TZ=Pacific/Kiritimati
another "another locale" 5 LC_ALL=C.UTF-8 LANG=C.UTF-8
locale=$(locale -a 2>/dev/null | grep -iE '^(tr_TR|de_DE|et_EE)' | head -1)
if [ -n "$locale" ]; then
  another "the locale $locale" 6 LC_ALL="$locale"
else
  skip "a locale with its own order" "none is installed"
fi
another "one processor" 7 taskset -c 0
