# `lock update --write-pins`, by the real binary: pinned sources stay fresh, and no state between is silent.
# shellcheck disable=SC2016,SC2034,SC2154 # layout.sh reads $layout and sets $image; variables of a Dockerfile
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

mkdir -p "$WORK/shop/b" && cd "$WORK/shop" || exit
git init -q . && git config user.email nobody@example.com && git config user.name nobody
layout=$WORK/layout
printf '[registry."docker.io"]\nlayout = "%s"\n' "$layout" >images.toml
tag_image docker.io/library/nginx:1 old && old=$image
tag_image docker.io/library/redis:7 redis && redis=$image
printf '# kept\r\nFROM nginx:1 AS web\r\n' >Dockerfile
printf 'services:\n  web: {image: "nginx:1"}   # as it is\n  cache: {image: redis:7}\n' >b/compose.yaml
run "$LOCK" update
exits "sources that are pinned" 0 "$LOCK" pin
exits "and locked" 0 "$LOCK" verify
git add -A && git commit -qm "Pin"
tag_image docker.io/library/nginx:1 new && new=$image

exits "update --upgrade alone" 0 "$LOCK" update --upgrade
exits "leaves pinned sources as they are" 0 git diff --exit-code --stat
exits "--dry-run" 0 "$LOCK" update --upgrade --write-pins --dry-run
says "shows the diff" "+FROM nginx:1@$new AS web"
exits "and writes nothing" 0 git diff --exit-code --stat
sed "s/$old/$new/" Dockerfile >"$WORK/Dockerfile" && sed "s/$old/$new/" b/compose.yaml >"$WORK/compose.yaml"
cp images.lock "$WORK/old.lock"
exits "--check writes nothing at all" 2 "$LOCK" update --check --write-pins

exits "the named image" 0 "$LOCK" update --write-pins --report json="$WORK/report.json" nginx
same "moves its pins, and every other byte stays" "$WORK/Dockerfile" Dockerfile
same "in each format" "$WORK/compose.yaml" b/compose.yaml
says "with the lock" "~ docker.io/library/nginx:1 ${old:0:19} -> ${new:0:19} (pinned in Dockerfile:2)"
says "names the places" "Dockerfile:2:6: docker.io/library/nginx:1 ${new:0:19}"
says "counts the files" "1 change, 2 images locked, 3 files written" "$WORK/err"
says "reports the places" '"pins":{"changes":[{"reference":"docker.io/library/nginx:1","file":"Dockerfile","line":2' "$WORK/report.json"
exits "then lock and tree fit" 0 "$LOCK" verify
exits "nothing is left to pin" 0 "$LOCK" pin --check
cp images.lock "$WORK/new.lock"
exits "once more" 0 "$LOCK" update --write-pins --upgrade
says "nothing is left to do" "up to date: 2 images locked" "$WORK/err"
says "the other image's pin stays" "redis:7@$redis" b/compose.yaml

# A crash leaves some of the sources and the old lock: each is whole, and both are said.
cp "$WORK/old.lock" images.lock
exits "a crash before the lock is written" 1 "$LOCK" verify --offline
says "is called out" "nginx:1 is pinned to another digest than the locked one"
exits "a plain update" 0 "$LOCK" update
same "ends it" "$WORK/new.lock" images.lock
cp "$WORK/old.lock" images.lock
git checkout -q b/compose.yaml
exits "a crash between two sources" 1 "$LOCK" verify --offline
says "is called out too" "[image-not-locked]"
exits "the same update" 0 "$LOCK" update --write-pins nginx
same "ends that" "$WORK/new.lock" images.lock
same "and its sources" "$WORK/compose.yaml" b/compose.yaml

# Two at once: each file is one or the other, and in the end all fit.
git checkout -q . && git clean -qfd
"$LOCK" update --write-pins --upgrade >/dev/null 2>&1 &
first=$!
"$LOCK" update --write-pins nginx >/dev/null 2>&1 &
wait $! $first
run "$LOCK" update --write-pins nginx
same "two at once end as one" "$WORK/new.lock" images.lock
same "with the same sources" "$WORK/Dockerfile" Dockerfile

# What cannot be edited is said, and keeps its pin.
git checkout -q .
printf 'services:\n  web: {image: "nginx:1@${DIGEST}"}\n' >b/compose.yaml
echo "DIGEST=$old" >b/.env
exits "a pin that stands in another file" 0 "$LOCK" update --write-pins nginx
says "is left, with the reason" "b/compose.yaml:2:17: docker.io/library/nginx:1@$old left as it is: a value from b/.env keeps its variable"
same "the others move" "$WORK/Dockerfile" Dockerfile
says "each has an entry of its own" "+ docker.io/library/nginx:1@$old"
says "which is a warning" "[pins-differ]"
exits "and lock and tree fit" 0 "$LOCK" verify --offline
