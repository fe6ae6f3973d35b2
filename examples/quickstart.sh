#!/usr/bin/env bash
# usage: examples/quickstart.sh
#
# A tour of the main job, on a machine that may have nothing but git: installs what is missing (as root or with sudo),
# builds a release binary, and runs it on a copy of examples/monorepo. No server and no network is asked for images: the
# OCI image layout in examples/registry stands in for the registries. It may be run again and again.
# LOCK=/path/to/lock takes that program instead of building one.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
say() { printf '\n# %s\n' "$*"; }

if [ -z "${LOCK:-}" ]; then
  say "install what is missing for the build"
  .ci/install build
  say "build a release binary: build/release/lock"
  mkdir -p build
  if ! { cmake --preset release -DLOCK_TESTS=OFF && cmake --build --preset release --target lock; } >build/release.log 2>&1
  then
    tail -40 build/release.log
    exit 1
  fi
  LOCK=$root/build/release/lock
fi

play=${LOCK_PLAYGROUND:-$root/build/quickstart}
say "copy examples/monorepo and its registry to $play"
rm -rf "$play"
mkdir -p "$play/bin"
cp -r examples/monorepo examples/registry "$play/"
ln -s "$(realpath "$LOCK")" "$play/bin/lock"
export PATH="$play/bin:$PATH" LOCK_CACHE="$play/cache"
cd "$play/monorepo"
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
git init -q .
git add .
commit() { git -c user.name=you -c user.email=you@example.com -c commit.gpgsign=false commit -q "$@"; }
commit -m "A shop"

# step STATUS COMMAND: shows the command as in a terminal, runs it, and insists on its exit status.
step() {
  local status=0
  printf '\n$ %s\n' "$2"
  bash -c "$2" || status=$?
  [ "$status" -eq "$1" ] && return
  printf '\nquickstart: this should have ended with status %s, not %s\n' "$1" "$status" >&2
  exit 1
}

say "1. which images does this repository use, and which bytes are they? The answer is images.lock: commit it"
step 0 "lock update"
step 0 "head -16 images.lock"
git add images.lock
commit -m "Lock our images"

say "2. is everything still as it was reviewed?"
step 0 "lock verify"
step 0 "lock verify --rendered deploy/rendered/prod.yaml"

say "3. who signed our own images? images.toml names the key and says that it must have; verify has just checked it"
step 0 "lock signers ghcr.io/acme/base:12"

say "4. somebody rewrites a manifest in the registry, one word of it, under the same tag"
blob=../registry/blobs/sha256/$(sed -n '/nginx:1.27-alpine/s/.*"digest": "sha256:\([0-9a-f]*\)".*/\1/p' ../registry/index.json)
cp "$blob" "$play/original"
step 0 "sed -i s/arm64/amd64/ $blob"
step 1 "lock verify"
cp "$play/original" "$blob"

say "5. somebody puts another image into what is about to be deployed"
step 0 "sed -i 's|shop-web:1.8.0@sha256:.*|shop-web:1.8.1|' deploy/rendered/prod.yaml"
step 1 "lock verify --rendered deploy/rendered/prod.yaml"
git checkout -q deploy/rendered/prod.yaml

say "Both were caught, each with exit status 1. The playground stays in $play/monorepo"
