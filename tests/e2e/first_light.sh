# The spine, by the real binary: a good run, and each thing that must not pass, with the place that it names.
# time limit: 180 s
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"

# fresh: a new copy of the example in $WORK/shop, locked and committed.
fresh() {
  rm -rf "$WORK/shop"
  mkdir -p "$WORK/shop"
  cp -r "$SOURCE/examples/monorepo" "$SOURCE/examples/registry" "$WORK/shop/"
  cd "$WORK/shop/monorepo" || exit
  git init -q . && git add . && git commit -qm shop
  "$LOCK" update >/dev/null 2>&1
  git add images.lock && git commit -qm lock
}
blob_of() { echo "../registry/blobs/sha256/$(sed -n "\\|$1|s/.*\"digest\": \"sha256:\\([0-9a-f]*\\)\".*/\\1/p" ../registry/index.json)"; }

fresh
exits "verify of what was just locked" 0 "$LOCK" verify
exits "verify --offline of what was just locked" 0 "$LOCK" verify --offline
exits "the rendered example is what is locked" 0 "$LOCK" verify --rendered deploy/rendered
exits "update --check of what was just locked" 0 "$LOCK" update --check
cp images.lock "$WORK/first"
exits "a second update" 0 "$LOCK" update
same "two updates are byte-identical" "$WORK/first" images.lock
rm images.lock
LC_ALL=C.UTF-8 exits "an update from nothing in another locale" 0 "$LOCK" update
same "another locale is byte-identical" "$WORK/first" images.lock
exits "a scan as JSON" 0 "$LOCK" scan --report json --report text="$WORK/scan.txt"
says "a second report of the same run" 'services/web/Dockerfile:8:6: nginx:1.27-alpine' "$WORK/scan.txt"

sed -i '0,/^digest = "sha256:b/s//digest = "sha256:c/' images.lock
exits "a digest edited in the lock, offline" 1 "$LOCK" verify --offline
says "the broken seal is named" '[seal-broken]'

fresh
sed -i s/arm64/amd64/ "$(blob_of nginx:1.27-alpine)"
exits "a manifest rewritten in the layout" 1 "$LOCK" verify
says "the place that uses it is named" 'services/web/Dockerfile:8:6: error:'
says "as a mismatch" '[digest-mismatch]'
says "the file is named from the root of the run" "nginx:1.27-alpine: reading $(blob_of nginx:1.27-alpine): the bytes have"

fresh
gone=$(sed -n '/nginx:1.27-alpine/,/seal/s/.*linux\/arm64 sha256:\([0-9a-f]*\)".*/\1/p' images.lock)
rm "../registry/blobs/sha256/$gone"
exits "one used platform deleted" 1 "$LOCK" verify
says "the platform is named" 'linux/arm64'

fresh
echo 'FROM alpine:3.20' >Dockerfile
exits "an image added to a Dockerfile" 1 "$LOCK" verify --offline
says "its place is named" 'Dockerfile:1:6: error: alpine:3.20 is not in images.lock [image-not-locked]'

fresh
sed -i 's|shop-web:1.8.0@sha256:.*|shop-web:1.8.0|' deploy/rendered/prod.yaml
exits "an unpinned image in a rendered manifest" 1 "$LOCK" verify --rendered deploy/rendered/prod.yaml
says "with object and container" 'Deployment shop/web container web'
sed -i "s|shop-web:1.8.0|unknown@sha256:$(printf '0%.0s' {1..64})|" deploy/rendered/prod.yaml
# shellcheck disable=SC2016 # the inner shell expands it
exits "an unknown image in a rendered manifest" 1 bash -c '"$LOCK" verify --rendered - <deploy/rendered/prod.yaml'
exits "the same from a file" 1 "$LOCK" verify --rendered deploy/rendered/prod.yaml
says "as not locked" '[image-not-locked]'

# The tag moves to what node:22-alpine is: nginx is pulled by tag, python is pinned.
fresh
node=$(sed -n '/node:22-alpine/s/.*"digest": "\(sha256:[0-9a-f]*\)".*/\1/p' ../registry/index.json)
sed -i "\\|nginx:1.27-alpine|s|sha256:[0-9a-f]*|$node|" ../registry/index.json
exits "a tag moved under an unpinned Dockerfile" 1 "$LOCK" verify
says "the moved tag is named" '[tag-moved]'
exits "outdated names it and is no failure" 0 "$LOCK" outdated
says "with its new digest" "current: $node"
exits "outdated --exit-code" 1 "$LOCK" outdated --exit-code
fresh
sed -i "\\|python:3.12-slim|s|sha256:[0-9a-f]*|$node|" ../registry/index.json
exits "a tag moved under a pinned Dockerfile" 0 "$LOCK" verify
says "is a note" 'note: '

fresh
sed -i 's/^platforms/platfroms/' images.toml
exits "a wrong key in images.toml" 2 "$LOCK" verify
says "offers the near one" "did you mean 'platforms'?"
mkdir "$WORK/nothing"
exits "nothing matched" 2 "$LOCK" -C "$WORK/nothing" scan

fresh
printf '[registry."127.0.0.1:9"]\nplain-http = true\n' >>images.toml
printf 'FROM 127.0.0.1:9/away:1\nFROM alpine:3.20\n' >Dockerfile
sed -i '/^FROM alpine/d' Dockerfile
git mv services/web/Dockerfile services/web/Containerfile
printf '\nFROM redis:7.4-alpine\n' >>services/web/Containerfile
exits "a registry that is away" 3 "$LOCK" update
says "is named" '127.0.0.1:9'
exits "what was certain is still written" 0 grep -q redis:7.4-alpine images.lock

# A socket would fail in a network namespace without interfaces.
fresh
if unshare -n true 2>/dev/null; then
  exits "verify --offline without a network" 0 unshare -n "$LOCK" verify --offline
  exits "verify --rendered without a network" 0 unshare -n "$LOCK" verify --rendered deploy/rendered/prod.yaml
else
  skip "offline without a network" "unshare -n is not allowed here"
fi

# Input that is no input: a message with the file, and the rest of the work is done.
fresh
head -c 100000 /dev/urandom >Dockerfile
head -c 200000 /dev/zero | tr '\0' '[' >brackets.yaml
printf 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "caf\351"}]}\n' >latin1.yaml
exits "a binary named Dockerfile, brackets, Latin-1" 3 "$LOCK" scan
says "the binary is named" 'undetermined: not a text file'
says "the rest is still read" 'services/web/Dockerfile:8:6: nginx:1.27-alpine'
