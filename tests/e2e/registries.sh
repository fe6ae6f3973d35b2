# The real program against real registries: Debian's docker-registry in plain HTTP, with TLS by a private authority, with
# a login, with a token service, behind nghttpx (HTTP/2) and behind a proxy; olareg, go-containerregistry's registry in
# memory, `crane registry serve` on disk and zot where a Go toolchain can build them. Each of them: update, verify, and a
# mirror that verifies as well.
# time limit: 280 s
# shellcheck disable=SC2154 # e2e.sh sets port and servers
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh" || exit 2
need docker-registry skopeo openssl python3 htpasswd curl

layout=$SOURCE/examples/registry
push() { skopeo copy -q --all --dest-tls-verify=false "oci:$layout:docker.io/library/nginx:1.27-alpine" "docker://$1" "${@:2}" >"$WORK/push" 2>&1 || cat "$WORK/push"; }

# start_peer PROGRAM ARGUMENT…: one of tests/support/peers, which prints its port first; sets $peer.
start_peer() {
  local out=$WORK/peer.$RANDOM i
  python3 "$SOURCE/tests/support/peers/$1" "${@:2}" >"$out" 2>"$out.err" &
  servers+=($!)
  for ((i = 0; i < 200; i++)); do
    [ -s "$out" ] && break
    sleep 0.05
  done
  peer=$(cat "$out")
}

# project IMAGE: a work tree that names the image; the commands that follow run in it.
project() {
  rm -rf "$WORK/project" "$LOCK_CACHE" && mkdir "$WORK/project" && cd "$WORK/project" && git init -q . || exit 1
  echo "FROM $1" >Dockerfile
}

# works NAME: the usual round.
works() {
  exits "$1: update" 0 "$LOCK" -v update
  cp "$WORK/err" "$WORK/update.err"
  exits "$1: verify" 0 "$LOCK" verify
}

# TLS: an authority, and certificates of its own for each name.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=private authority" \
  -keyout "$WORK/ca.key" -out "$WORK/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=registry" -keyout "$WORK/server.key" \
  -out "$WORK/server.csr" 2>/dev/null
openssl x509 -req -in "$WORK/server.csr" -CA "$WORK/ca.pem" -CAkey "$WORK/ca.key" -CAcreateserial -days 2 \
  -extfile <(printf 'subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1\n') -out "$WORK/server.pem" 2>/dev/null

# Plain.
start_registry "$WORK/plain" || exit 1
plain=$port
push "127.0.0.1:$plain/web/nginx:1"
project "127.0.0.1:$plain/web/nginx:1"
works "plain HTTP"

# TLS with a private authority.
start_registry "$WORK/tls" "  tls: {certificate: $WORK/server.pem, key: $WORK/server.key}" || exit 1
tls=$port
push "127.0.0.1:$tls/web/nginx:1"
project "127.0.0.1:$tls/web/nginx:1"
printf '[registry."127.0.0.1:%s"]\nplain-http = false\n' "$tls" >images.toml
exits "an authority that nobody trusts" 3 "$LOCK" update
says "is said" "its certificate comes from an authority that is not trusted here"
printf '[registry."127.0.0.1:%s"]\nca = "ca.pem"\n' "$tls" >images.toml
cp "$WORK/ca.pem" ca.pem
works "TLS with ca in images.toml"
rm images.toml
mkdir -p "$HOME/.config/containers/certs.d/127.0.0.1:$tls"
cp "$WORK/ca.pem" "$HOME/.config/containers/certs.d/127.0.0.1:$tls/ca.crt"
project "127.0.0.1:$tls/web/nginx:1"
printf '[registry."127.0.0.1:%s"]\nplain-http = false\n' "$tls" >images.toml
works "TLS with certs.d"
says "docker-registry speaks HTTP/2" "(HTTP/2)" "$WORK/update.err"

# A login.
htpasswd -Bbn ann secret >"$WORK/htpasswd" 2>/dev/null
start_registry "$WORK/basic" || exit 1
kill "${servers[-1]}" && wait "${servers[-1]}" 2>/dev/null
printf 'auth: {htpasswd: {realm: test, path: %s}}\n' "$WORK/htpasswd" >>"$WORK/basic/config.yml"
docker-registry serve "$WORK/basic/config.yml" >>"$WORK/basic/log" 2>&1 &
servers+=($!)
basic=$port
wait_for "$basic" || exit 1
push "127.0.0.1:$basic/web/nginx:1" --dest-creds ann:secret
project "127.0.0.1:$basic/web/nginx:1"
exits "a login that is missing" 3 "$LOCK" update
says "is said" "(tried without credentials)"
export DOCKER_CONFIG=$WORK/docker
mkdir "$DOCKER_CONFIG"
login() { printf '{"auths":{"127.0.0.1:%s":{"auth":"%s"}}}' "$1" "$(printf '%s' "$2" | base64)" >"$DOCKER_CONFIG/config.json"; }
login "$basic" ann:wrong
exits "a wrong password" 3 "$LOCK" update
says "is said, with where it was found" "(tried with the credentials of $DOCKER_CONFIG/config.json, auths \"127.0.0.1:$basic\")"
login "$basic" ann:secret
works "Basic"
exits "Basic: a mirror into it" 0 "$LOCK" mirror "127.0.0.1:$basic/backup"

# A token service.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=token" -keyout "$WORK/token.key" -out "$WORK/token.pem" 2>/dev/null
start_peer token_server.py "$WORK" registry.test ann secret
start_registry "$WORK/bearer" || exit 1
kill "${servers[-1]}" && wait "${servers[-1]}" 2>/dev/null
printf 'auth: {token: {realm: "http://127.0.0.1:%s/token", service: registry.test, issuer: lock-tests, rootcertbundle: %s}}\n' \
  "$peer" "$WORK/token.pem" >>"$WORK/bearer/config.yml"
docker-registry serve "$WORK/bearer/config.yml" >>"$WORK/bearer/log" 2>&1 &
servers+=($!)
bearer=$port
wait_for "$bearer" || exit 1
push "127.0.0.1:$bearer/web/nginx:1" --dest-creds ann:secret
project "127.0.0.1:$bearer/web/nginx:1"
login "$plain" nobody:nothing
exits "a token without rights" 3 "$LOCK" update
login "$bearer" ann:secret
: >"$WORK/token.log"
works "a token service"
exits "one token a run" 0 test "$(grep -c '^known repository:web/nginx:pull$' "$WORK/token.log")" -eq 2
: >"$WORK/token.log"
exits "a token service: a mirror into it" 0 "$LOCK" mirror "127.0.0.1:$bearer/backup"
exits "with the right to push" 0 grep -q 'pull,push$' "$WORK/token.log"
push "127.0.0.1:$plain/web/nginx:1"

# HTTP/2 in front of plain HTTP.
if command -v nghttpx >/dev/null || [ -x /usr/sbin/nghttpx ]; then
  front=$(free_port)
  {
    printf 'frontend=127.0.0.1,%s\nbackend=127.0.0.1,%s\nprivate-key-file=%s\ncertificate-file=%s\n' "$front" "$plain" "$WORK/server.key" "$WORK/server.pem"
    printf 'single-process=yes\nworkers=1\nno-location-rewrite=yes\nno-via=yes\n'
  } >"$WORK/nghttpx.conf"
  PATH=$PATH:/usr/sbin nghttpx --conf="$WORK/nghttpx.conf" >"$WORK/nghttpx.log" 2>&1 &
  servers+=($!)
  wait_for "$front" || exit 1
  project "127.0.0.1:$front/web/nginx:1"
  cp "$WORK/ca.pem" ca.pem
  printf '[registry."127.0.0.1:%s"]\nca = "ca.pem"\n' "$front" >images.toml
  works "HTTP/2 by nghttpx"
  says "is HTTP/2" "https://127.0.0.1:$front (HTTP/2):" "$WORK/update.err"
  says "on one connection" "1 connection," "$WORK/update.err"
else
  skip "HTTP/2 by nghttpx" "there is no nghttpx here"
fi

# A proxy: names that only it knows, names that are not for it, and one that refuses.
start_peer connect_proxy.py "$WORK/proxy.log"
project "registry.test:$tls/web/nginx:1"
cp "$WORK/ca.pem" ca.pem
printf '[registry."registry.test:%s"]\nca = "ca.pem"\n' "$tls" >images.toml
export https_proxy=http://127.0.0.1:$peer
works "through a proxy by CONNECT"
says "the proxy was asked" "CONNECT registry.test:$tls HTTP/1.1" "$WORK/proxy.log"
export no_proxy=".test"
exits "NO_PROXY" 3 "$LOCK" verify
says "is honoured" "the name of the host has no address"
unset no_proxy
start_peer connect_proxy.py "$WORK/refusing.log" 403
export https_proxy=http://127.0.0.1:$peer
exits "a proxy that refuses" 3 "$LOCK" verify
says "is said" "the proxy does not connect to it (403 Forbidden)"
exits "and asked once" 0 test "$(wc -l <"$WORK/refusing.log")" -eq 1
unset https_proxy

# Servers written in Go, each built once into build/go.
go_peer() { # NAME MODULE@VERSION PACKAGE
  local folder=$SOURCE/build/go/peers/$1
  [ -x "$folder/$1" ] && return 0
  command -v go >/dev/null || { skip "$1" "there is no Go here"; return 1; }
  mkdir -p "$folder"
  (
    cd "$folder" || exit 1
    export GOPATH=$SOURCE/build/go GOCACHE=$SOURCE/build/go/cache GOFLAGS=-modcacherw GOTOOLCHAIN=local
    [ -e go.mod ] || go mod init peer
    timeout "${LOCK_GO_SECONDS:-60}" go get "$2" && timeout "${LOCK_GO_SECONDS:-60}" go build -o "$1" "$3"
  ) >"$WORK/go.log" 2>&1 && [ -x "$folder/$1" ] && return 0
  tail -n 2 "$WORK/go.log" | cut -c1-160
  skip "$1" "it cannot be built here"
  return 1
}
go_round() { # NAME PORT
  wait_for "$2" || { not_ok "$1"; return; }
  push "127.0.0.1:$2/web/nginx:1"
  project "127.0.0.1:$2/web/nginx:1"
  works "$1"
  exits "$1: a mirror into it" 0 "$LOCK" mirror "127.0.0.1:$2/backup"
  exits "$1: once more" 0 "$LOCK" mirror "127.0.0.1:$2/backup"
  says "$1: nothing is sent twice" "0 manifests and 0 blobs sent" "$WORK/err"
}
login "$plain" nobody:nothing
if go_peer olareg github.com/olareg/olareg@v0.2.2 github.com/olareg/olareg/cmd/olareg; then
  port=$(free_port)
  "$SOURCE/build/go/peers/olareg/olareg" serve --dir "$WORK/olareg" --addr 127.0.0.1 --port "$port" >"$WORK/olareg.log" 2>&1 &
  servers+=($!)
  go_round olareg "$port"
fi
if go_peer registry github.com/google/go-containerregistry@v0.21.9 github.com/google/go-containerregistry/cmd/registry; then
  port=$(free_port)
  "$SOURCE/build/go/peers/registry/registry" -port "$port" >"$WORK/ggcr.log" 2>&1 &
  servers+=($!)
  go_round registry "$port"
fi
if go_peer crane github.com/google/go-containerregistry/cmd/crane@v0.21.9 github.com/google/go-containerregistry/cmd/crane; then
  port=$(free_port)
  mkdir "$WORK/crane"
  "$SOURCE/build/go/peers/crane/crane" registry serve --address "127.0.0.1:$port" --disk "$WORK/crane" >"$WORK/crane.log" 2>&1 &
  servers+=($!)
  go_round "crane registry serve" "$port"
fi
if go_peer zot zotregistry.dev/zot/v2@v2.1.20 zotregistry.dev/zot/v2/cmd/zot; then
  port=$(free_port)
  printf '{"distSpecVersion":"1.1.1","storage":{"rootDirectory":"%s"},"http":{"address":"127.0.0.1","port":"%s"},"log":{"level":"error"}}' \
    "$WORK/zot" "$port" >"$WORK/zot.json"
  "$SOURCE/build/go/peers/zot/zot" serve "$WORK/zot.json" >"$WORK/zot.log" 2>&1 &
  servers+=($!)
  go_round zot "$port"
fi
