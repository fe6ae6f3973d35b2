# `lock import` by the real program: digests of another tool's lock, asked of the registry before they are taken.
# shellcheck disable=SC2154 # image is of layout.sh
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

layout=$WORK/layout tree=$WORK/tree
mkdir -p "$tree"
lock() { "$LOCK" -C "$tree" "$@"; }
printf '[registry."docker.io"]\nlayout = "%s"\n' "$layout" >"$tree/images.toml"
printf 'FROM nginx:1.27\nFROM redis:7\nFROM postgres:16\n' >"$tree/Dockerfile"
tag_image docker.io/library/nginx:1.27 old && nginx=$image
tag_image docker.io/library/keep:nginx old # so that the layout still names it
tag_image docker.io/library/redis:7 redis && redis=$image
tag_image docker.io/library/postgres:16 postgres
tag_image docker.io/library/nginx:1.27 new && moved=$image

cat >"$WORK/images.yml" <<END
---
apiVersion: imgpkg.carvel.dev/v1alpha1
kind: ImagesLock
images:
- annotations:
    kbld.carvel.dev/id: nginx:1.27
  image: index.docker.io/library/nginx@$nginx
END
exits "a lock of imgpkg" 0 lock import ../images.yml
says "says what was taken" "1 of 1 image taken from ../images.yml"
exits "the image has the digest of the file, not what the tag says now" 0 grep -q "^digest = \"$nginx\"$" "$tree/images.lock"
exits "which is not in the lock" 1 grep -q "$moved" "$tree/images.lock"
exits "and the lock is that of the tree" 0 lock verify --offline

# What dt says counts as part of what the tag names now.
rm "$tree/images.lock"
cat >"$WORK/Images.lock" <<END
apiVersion: v0
kind: ImagesLock
metadata: {generatedBy: Distribution Tooling for Helm}
chart: {name: shop, version: 1.0.0, appVersion: ""}
images:
  - {name: redis, image: "docker.io/library/redis:7", chart: shop, digests: [{digest: "$redis", arch: linux/amd64}]}
  - {name: nginx, image: "docker.io/library/nginx:1.27", chart: shop, digests: [{digest: "$nginx", arch: linux/amd64}]}
END
exits "a lock of dt whose one tag has moved" 3 lock import ../Images.lock
says "says what was taken" "1 of 2 images taken from ../Images.lock"
says "and why the other was not" "the tag has moved since"
exits "the moved image is not locked" 1 grep -q nginx "$tree/images.lock"
exits "which fails" 1 lock verify --offline
exits "until it is locked as what it is now" 0 lock update

echo 'version: 1' >"$WORK/other.yml"
exits "another file is refused" 2 lock import ../other.yml
says "with what was expected" "expected kind: ImagesLock"
