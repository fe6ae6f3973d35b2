# `lock pin` and `lock unpin`, by the real binary: the bytes, the diff, the statuses.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"

playground "$WORK/play"
cd "$WORK/play/monorepo" || exit
run "$LOCK" update
git add images.lock && git commit -qm "Lock our images"

exits "pin --check of an unpinned tree" 1 "$LOCK" pin --check
says "names each place" 'compose.yaml:34:12: docker.io/library/redis:7.4-alpine sha256:'
exits "pin --diff" 0 "$LOCK" pin --diff
cp "$WORK/out" "$WORK/pin.patch"
exits "nothing was written so far" 0 git diff --exit-code --stat
exits "git takes the diff" 0 git apply "$WORK/pin.patch"
git diff >"$WORK/patched"
git checkout -q .
exits "pin" 0 "$LOCK" pin
git diff >"$WORK/pinned"
same "pin writes what the diff says" "$WORK/patched" "$WORK/pinned"
exits "the lock still fits" 0 "$LOCK" verify --offline
exits "it needs no update" 0 "$LOCK" update --check
exits "pin --check of a pinned tree" 0 "$LOCK" pin --check
exits "pin again" 0 "$LOCK" pin
git diff >"$WORK/again"
same "pinning twice changes nothing" "$WORK/pinned" "$WORK/again"
exits "unpin what was pinned" 0 "$LOCK" unpin compose.yaml deploy/base services/api services/web
exits "every byte is back" 0 git diff --exit-code --stat

chmod 755 services/web/Dockerfile
printf 'FROM nginx:1.27-alpine\r\nFROM scratch' >services/web/Dockerfile
exits "one image alone" 0 "$LOCK" pin nginx
printf 'FROM nginx:1.27-alpine@%s\r\nFROM scratch' "$(sed -n '/nginx:1.27-alpine/{n;s/.*"\(.*\)"/\1/p}' images.lock)" >"$WORK/wanted"
same "with its line ends and its missing one" "$WORK/wanted" services/web/Dockerfile
exits "and its mode" 0 test "$(stat -c %a services/web/Dockerfile)" = 755

echo 'FROM alpine:3.20' >Dockerfile
exits "an image that is not locked" 1 "$LOCK" pin Dockerfile
says "is named" 'Dockerfile:1:6: error: docker.io/library/alpine:3.20 is not pinned: it is not in images.lock [image-not-locked]'
exits "an image that nothing names" 2 "$LOCK" pin ngnix
exits "a folder without images" 2 "$LOCK" pin ./docs/none
rm images.lock
exits "without a lock" 2 "$LOCK" pin

# A link whose name alone says what the file is that it leads to.
mkdir "$WORK/links" && cd "$WORK/links" || exit
git init -q
echo 'FROM redis:7.4-alpine' >build.txt && ln -s build.txt Dockerfile && git add -A
printf '[registry."docker.io"]\nlayout = "../play/registry"\n' >images.toml
exits "scan reads what a link called Dockerfile leads to" 0 "$LOCK" scan
says "at its own place" "build.txt:1:6: redis:7.4-alpine (dockerfile)"
exits "update locks it" 0 "$LOCK" update
exits "pin lists it" 0 "$LOCK" pin
says "with the reason" "the symbolic link Dockerfile alone says what the file is"
exits "and leaves it" 0 git diff --exit-code --stat
# A link that gives a file another format than its own name does.
printf 'image: {registry: docker.io, repository: library/redis, tag: 7.4-alpine}\n' >defaults.yaml
printf 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "redis:7.4-alpine"}]}\n' >pod.yaml
mkdir chart && ln -s ../defaults.yaml chart/values.yaml && ln -s pod.yaml values.yaml && git add -A
exits "scan reads the file as both" 0 "$LOCK" scan
says "by the name of the link" "defaults.yaml:1:42: docker.io/library/redis:7.4-alpine (helm)"
says "and by its own" 'pod.yaml:3:30: redis:7.4-alpine (kubernetes)'
exits "pin writes what the own name finds" 0 "$LOCK" pin pod.yaml
exits "there" 0 grep -q 'image: "redis:7.4-alpine@sha256:' pod.yaml
