#!/usr/bin/env bash
# usage: tests/bench/run.sh [--repository DIR] [--all] [--write] [BENCH…]
#
# Times `lock` beside what it is compared with, on inputs that seeded generators make, in five interleaved pairs; prints
# medians. BENCH is scan, patterns, repository, heads, update, registry, sigstore or document; all of them when none is named.
#   --repository DIR   a large checkout of your own for the bench `repository`; without it that one is left out
#   --all              the whole matrix of `registry` and a field of 10,000 images, instead of a few points and 1,000
#   --write            also writes the table into tests/bench/README.md
# Inputs are kept in build/bench and made again when they are gone.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
bench=$root/tests/bench
work=$root/build/bench
results=$work/results
lock=$root/build/release/lock
export LC_ALL=C LOCK_CACHE=$work/cache
repository='' write='' all='' chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --repository) repository=$(realpath "$2"); shift ;;
    --all) all=1 ;;
    --write) write=1 ;;
    scan | patterns | repository | heads | update | registry | sigstore | document) chosen+=("$1") ;;
    *) sed -n '2p' "$0" >&2; exit 2 ;;
  esac
  shift
done
[ ${#chosen[@]} -gt 0 ] || chosen=(scan patterns repository heads update registry sigstore document)

say() { printf '\n== %s\n' "$*"; }
pairs() { "$bench/measure" pairs "$results" "$@"; }

servers=()
at_end() {
  local server
  for server in ${servers[@]+"${servers[@]}"}; do kill "$server" 2>/dev/null || true; done
}
trap at_end EXIT

# serve COMMAND…: in the background until the end.
serve() {
  "$@" >"$work/$(basename "$1").log" 2>&1 &
  servers+=($!)
}

free_port() {
  local port
  while :; do
    port=$((21000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

listening() { for _ in {1..200}; do (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.05; done; false; }

certificate() {
  [ -e "$work/tls.pem" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
}

# A generated tree of 100,000 files, half of them YAML, 2% with images.
bench_scan() {
  local tree=$work/tree
  [ -e "$tree" ] || "$bench/generate-tree" "$tree" --git
  # The generator repeats keys in some mappings, which is a finding.
  pairs "scan of 100,000 files" "lock scan='$lock' -C '$tree' scan || [ \$? -eq 1 ]" \
    "rg='rg' --hidden -g '!.git' -l 'image|FROM' '$tree'"
}

# The same tree with a [[collect]] rule that finds in every YAML file the images that the built-in collectors find there.
bench_patterns() {
  local tree=$work/tree
  [ -e "$tree" ] || "$bench/generate-tree" "$tree" --git
  cat >"$work/patterns.toml" <<'TOML'
[[collect]]
files = ["**/*.yaml", "**/*.yml"]
pattern = '^[ -]*image: *"?(?P<image>[^\s"]+)'
TOML
  pairs "scan of 100,000 files with a [[collect]] rule for all YAML" \
    "with the rule='$lock' -C '$tree' --config '$work/patterns.toml' scan || [ \$? -eq 1 ]" \
    "without='$lock' -C '$tree' scan || [ \$? -eq 1 ]"
}

bench_repository() {
  [ -n "$repository" ] || { echo "left out: no --repository"; return 0; }
  # A large tree has unresolved places and may have nothing to lock: every status but a bug is an answer.
  pairs "scan of $(git -C "$repository" ls-files | wc -l) tracked files ($(basename "$repository"))" \
    "lock scan='$lock' -C '$repository' scan || [ \$? -le 3 ]" \
    "git grep=git -C '$repository' grep -lE 'image:|FROM|docker://|--from=' || [ \$? -le 1 ]"
}

# docker-registry over TLS and HTTP/2, filled by a generator; sets $address and $references.
start_registry() {
  local port
  certificate
  [ -e "$work/registry/references" ] || {
    mkdir -p "$work/registry"
    "$bench/generate-registry" "$work/registry/storage" >"$work/registry/made" && mv "$work/registry/made" "$work/registry/references"
  }
  references=$work/registry/references
  port=$(free_port)
  address=127.0.0.1:$port
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error}
storage:
  filesystem: {rootdirectory: $work/registry/storage}
http:
  addr: $address
  tls: {certificate: $work/tls.pem, key: $work/tls.key}
YAML
  serve docker-registry serve "$work/registry.yml"
  listening "$port"
}

# A static answer from nginx, which costs the server next to nothing: what is left is the client.
start_nginx() {
  local port
  certificate
  port=$(free_port)
  static=127.0.0.1:$port
  mkdir -p "$work/nginx"
  cat >"$work/nginx/nginx.conf" <<CONF
worker_processes 1;
pid $work/nginx/pid;
error_log $work/nginx/error.log;
events {}
http {
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy; fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
  server {
    listen $static ssl http2;
    ssl_certificate $work/tls.pem;
    ssl_certificate_key $work/tls.key;
    location / {
      default_type application/vnd.oci.image.index.v1+json;
      add_header Docker-Content-Digest sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;
      return 200 "";
    }
  }
}
CONF
  serve nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" -g "daemon off;"
  listening "$port"
}

accept='accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'

# Two thousand HEADs on one HTTP/2 connection, against docker-registry and against static answers.
bench_heads() {
  cmake --build --preset release --target bench_registry_heads >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
  local heads=$root/build/release/tests/bench_registry_heads
  start_registry
  start_nginx
  local name tag alias
  sed "s|^|$address/|" "$references" >"$work/head-references"
  : >"$work/uris" && : >"$work/static-uris"
  while IFS=: read -r name tag; do
    for alias in {0..9}; do
      echo "https://$address/v2/$name/manifests/$tag-$alias" >>"$work/uris"
      echo "https://$static/v2/$name/manifests/$tag-$alias" >>"$work/static-uris"
    done
  done <"$references"
  pairs "2,000 HEADs, static nginx" \
    "client='$heads' --quiet --ca '$work/tls.pem' --repeat 2000 '$static/bench/image:1'" \
    "h2load=h2load -n 2000 -c 1 -m 64 -H ':method: HEAD' -H '$accept' -i '$work/static-uris'"
  pairs "2,000 HEADs, docker-registry" \
    "client=xargs '$heads' --quiet --ca '$work/tls.pem' --repeat 10 <'$work/head-references'" \
    "h2load=h2load -n 2000 -c 1 -m 64 -H ':method: HEAD' -H '$accept' -i '$work/uris'"
}

# A cold update of 200 two-platform images, beside the same requests sent by h2load, and skopeo, one image at a time.
bench_update() {
  start_registry
  local tree=$work/update line method path
  # A repository of its own: around it is one that ignores build/.
  rm -rf "$tree" && git init -q "$tree"
  printf '[registry."%s"]\nca = "tls.pem"\n' "$address" >"$tree/images.toml"
  cp "$work/tls.pem" "$tree/tls.pem"
  while IFS= read -r line; do printf 'FROM %s/%s\n' "$address" "$line"; done <"$references" >"$tree/Dockerfile"
  : >"$work/docker-registry.log"
  rm -rf "$LOCK_CACHE"
  "$lock" -C "$tree" update >/dev/null
  rm -f "$work"/asked-*
  while read -r method path; do
    echo "https://$address$path" >>"$work/asked-$method"
  done < <(sed -n 's/.*"\(HEAD\|GET\) \(\/v2\/[^ ]*\) HTTP.*/\1 \2/p' "$work/docker-registry.log")
  local replay=true count
  for method in HEAD GET; do
    [ -e "$work/asked-$method" ] || continue
    count=$(wc -l <"$work/asked-$method")
    echo "  lock sent $count $method requests"
    replay+=" && h2load -n $count -c 1 -m 64 -H ':method: $method' -H '$accept' -i '$work/asked-$method'"
  done
  mkdir -p "$work/certificates" && cp "$work/tls.pem" "$work/certificates/ca.crt"
  pairs "cold update of 200 two-platform images" --before "rm -rf '$LOCK_CACHE' '$tree/images.lock'" \
    "lock update='$lock' -C '$tree' update" \
    "h2load, the same requests=$replay" \
    "skopeo inspect, one at a time=sed 's|^|docker://$address/|' '$references' | xargs -n 1 skopeo inspect --raw --cert-dir '$work/certificates'"
}

# Registries that are far, many, in trouble: what the servers counted decides, and the memory; times are shown.
bench_registry() {
  local programs=$root/build/release/tests wrong=0 folder field=10000
  cmake --build --preset release --target bench_registry_matrix lock_fake_registry >"$work/build.log" 2>&1 ||
    { cat "$work/build.log"; exit 1; }
  "$programs/bench_registry_matrix" ${all:+--all} || wrong=1
  "$programs/bench_registry_matrix" skopeo 50 100 || { echo "less than 20 times as fast as skopeo"; wrong=1; }
  [ -n "$all" ] || field=1000
  folder=$(mktemp -d)
  FIELD_IMAGES=$field HOME=$folder TMPDIR=$folder LOCK=$lock LOCK_CACHE=$folder/cache SOURCE=$root \
    bash "$root/tests/e2e/field.sh" | tee "$work/field.log"
  rm -rf "$folder"
  ! grep -q '^not ok' "$work/field.log" || wrong=1
  [ "$wrong" -eq 0 ] || { echo "a gate of the registry bench was missed"; exit 1; }
}

# A thousand distinct keyless bundles on two threads, and the whole program over as many images, from a warm cache and
# without network: beside what OpenSSL itself takes for one P-384 and four P-256 verifications each, in two processes.
bench_sigstore() {
  cmake --build --preset release --target bench_sigstore >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
  local title figures p256 p384 floor
  "$root/build/release/tests/bench_sigstore" >"$work/sigstore"
  read -r p256 p384 < <(openssl speed -seconds 3 -multi 2 ecdsap256 ecdsap384 2>/dev/null |
    awk '$3 == "ecdsa" { print $NF }' | paste -sd' ')
  floor=$(awk -v a="$p256" -v b="$p384" 'BEGIN { print 1000 * (4 / a + 1 / b) }')
  while IFS=$'\t' read -r title figures; do
    "$bench/measure" figure "$results" "$title" "$figures" "openssl speed, the primitives alone=$floor"
  done <"$work/sigstore"
}

# Reading and writing a lock of 5,000 entries, beside toml++'s bare parse.
bench_document() {
  cmake --build --preset release --target bench_lock_document >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
  "$root/build/release/tests/bench_lock_document" | while IFS=$'\t' read -r title figures; do
    # shellcheck disable=SC2086
    IFS=$'\t' read -ra list <<<"$figures"
    "$bench/measure" figure "$results" "$title" "${list[@]}"
  done
}

say "what the benchmarks need"
.ci/install build test bench
mkdir -p "$work"
: >"$results"
say "a release binary"
if ! { cmake --preset release -DLOCK_TESTS=ON && cmake --build --preset release --target lock; } >"$work/build.log" 2>&1; then
  tail -40 "$work/build.log"
  exit 1
fi
for one in "${chosen[@]}"; do
  say "$one"
  "bench_$one"
done
[ -z "$write" ] || "$bench/measure" table "$results" "$bench/README.md"
