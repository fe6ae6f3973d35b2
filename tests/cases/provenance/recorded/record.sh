#!/usr/bin/env bash
# usage: record.sh BIN DIR
#
# Records images that BuildKit built, with their provenance, as one OCI image layout in DIR/layout, and the key that
# signed some of it as DIR/key.pub. BIN holds buildkitd, buildctl, cosign2 and cosign3; on the path are runc,
# docker-registry, git and python3. Base images are those of examples/registry, served on loopback under their own names;
# nothing is asked of the network. Needs root: buildkitd mounts.
set -euo pipefail
bin=$(realpath "$1")
out=$(realpath -m "$2")
layout=$out/layout
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
examples=$(realpath "$here/../../../../examples")
work=$(mktemp -d)
registry_port=20500 git_port=20501
servers=()
finish() {
  kill "${servers[@]}" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap finish EXIT

# wait_for PORT: until somebody listens there.
wait_for() {
  for _ in {1..200}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  echo "nobody listens on port $1"
  exit 1
}

# The base images, in a registry that stands in for all.
printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
  "$work" "$registry_port" >"$work/registry.yml"
docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
servers+=($!)
wait_for "$registry_port"
python3 "$here/layout.py" push "$examples/registry" "http://127.0.0.1:$registry_port"

cat >"$work/buildkitd.toml" <<TOML
[worker.oci]
  snapshotter = "native"
  gc = false
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:$registry_port"]
[registry."ghcr.io"]
  mirrors = ["127.0.0.1:$registry_port"]
[registry."127.0.0.1:$registry_port"]
  http = true
TOML
"$bin/buildkitd" --config "$work/buildkitd.toml" --root "$work/root" --addr "unix://$work/socket" >"$work/buildkitd.log" 2>&1 &
servers+=($!)
for _ in {1..100}; do
  "$bin/buildctl" --addr "unix://$work/socket" debug workers >/dev/null 2>&1 && break
  sleep 0.1
done

# build NAME OPTION…: leaves the image under NAME in the layout.
build() {
  local name=$1
  shift
  if ! "$bin/buildctl" --addr "unix://$work/socket" build --progress plain --frontend dockerfile.v0 \
    --opt platform=linux/amd64,linux/arm64 --output "type=oci,dest=$work/image.tar,name=$name" "$@" >"$work/build.log" 2>&1; then
    cat "$work/build.log"
    exit 1
  fi
  mkdir "$work/image"
  tar -xf "$work/image.tar" -C "$work/image"
  python3 "$here/layout.py" add "$layout" "$work/image" "$name"
  rm -r "$work/image"
}

rm -rf "$layout"
name=registry.example/shop/api
sources=(--local "context=$here/shop" --local "dockerfile=$here/shop")
build "$name:v1-max" "${sources[@]}" --opt attest:provenance=mode=max,version=v1,builder-id=https://ci.example/builders/1
build "$name:v1-min" "${sources[@]}" --opt attest:provenance=mode=min,version=v1
build "$name:v0.2-min" "${sources[@]}" --opt attest:provenance=mode=min,version=v0.2
build "$name:scratch" "${sources[@]}" --opt filename=scratch.Dockerfile --opt attest:provenance=mode=min,version=v1
build "$name:bare" "${sources[@]}"
build "$name:cosign2" "${sources[@]}" --opt label:signed-by=cosign2
build "$name:cosign3" "${sources[@]}" --opt label:signed-by=cosign3

# The same sources as a git repository: the context is a material then.
git -c init.defaultBranch=main init -q "$work/shop"
cp "$here/shop/"* "$work/shop"
git -C "$work/shop" add .
GIT_AUTHOR_DATE=2026-03-01T12:00:00Z GIT_COMMITTER_DATE=2026-03-01T12:00:00Z \
  git -C "$work/shop" -c user.name=shop -c user.email=shop@example.com commit -qm "The shop"
git clone -q --bare "$work/shop" "$work/www/shop.git"
git -C "$work/www/shop.git" update-server-info
python3 -m http.server --bind 127.0.0.1 --directory "$work/www" "$git_port" >"$work/git.log" 2>&1 &
servers+=($!)
wait_for "$git_port"
build "$name:git" --opt "context=http://127.0.0.1:$git_port/shop.git#main" --opt attest:provenance=mode=min,version=v1

# What BuildKit said about the same build, signed by a key: cosign 2 puts it under the tag `.att`, cosign 3 into a bundle
# that is listed under the fallback tag, because Debian's docker-registry has no referrers API.
export COSIGN_PASSWORD="" COSIGN_YES=true
(cd "$work" && "$bin/cosign3" generate-key-pair >"$work/cosign.log" 2>&1)
cp "$work/cosign.pub" "$out/key.pub"
python3 "$here/layout.py" predicate "$layout" "$name:v1-min" >"$work/predicate.json"
python3 "$here/layout.py" push "$layout" "http://127.0.0.1:$registry_port"
for version in 2 3; do
  digest=$(python3 "$here/layout.py" digest "$layout" "$name:cosign$version")
  options=(--tlog-upload=false)
  [ "$version" = 3 ] && options=(--use-signing-config=false --tlog-upload=false)
  "$bin/cosign$version" attest --key "$work/cosign.key" "${options[@]}" --type slsaprovenance1 \
    --predicate "$work/predicate.json" --allow-insecure-registry "127.0.0.1:$registry_port/shop/api@$digest" \
    >"$work/cosign.log" 2>&1 || { cat "$work/cosign.log"; exit 1; }
  python3 "$here/layout.py" pull "$layout" "http://127.0.0.1:$registry_port" "$name" "$digest"
done
