# A company's registry: Debian's docker-registry with accounts, behind nghttpx that speaks HTTP/2 with a certificate of a
# private authority. The password lies in a Docker config file; the registry's own log is the count.
# time limit: 120 s
# shellcheck disable=SC2154,SC2016 # e2e.sh sets port and servers; backquotes in messages, variables of nghttpx
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need docker-registry nghttpx skopeo htpasswd openssl

htpasswd -Bbn builder 'correct horse' >"$WORK/accounts"
start_registry "$WORK/registry" "auth: {htpasswd: {realm: acme, path: $WORK/accounts}}" || exit 1
backend=$port
mkdir "$WORK/certificates"
(
  cd "$WORK/certificates" || exit
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=acme-authority -keyout ca.key \
    -out ca.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=registry -keyout key.pem -out request.pem
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out certificate.pem \
    -extfile <(echo 'subjectAltName = IP:127.0.0.1')
) 2>"$WORK/openssl.log" || { cat "$WORK/openssl.log"; exit 1; }
port=$(free_port)
nghttpx --conf=/dev/null --log-level=ERROR --frontend="127.0.0.1,$port" --backend="127.0.0.1,$backend" --workers=1 --no-ocsp \
  --accesslog-file="$WORK/front.log" --accesslog-format='$alpn $request' --errorlog-file="$WORK/front.errors" \
  "$WORK/certificates/key.pem" "$WORK/certificates/certificate.pem" >"$WORK/front.out" 2>&1 &
servers+=($!)
wait_for "$port" || { cat "$WORK/front.errors"; exit 1; }

layout=$SOURCE/examples/registry
push() {
  skopeo copy -q --all --dest-cert-dir "$WORK/trusted" --dest-creds 'builder:correct horse' "oci:$layout:$1" \
    "docker://127.0.0.1:$port/$2" >/dev/null
}
mkdir "$WORK/trusted" && cp "$WORK/certificates/ca.pem" "$WORK/trusted/ca.crt"
push docker.io/library/nginx:1.27-alpine web/nginx:1.27 || exit 1
push docker.io/library/node:22-alpine web/node:22 || exit 1

# login PASSWORD: what `docker login` leaves behind.
export DOCKER_CONFIG=$WORK/docker
mkdir "$DOCKER_CONFIG"
login() { printf '{"auths": {"127.0.0.1:%s": {"auth": "%s"}}}\n' "$port" "$(printf 'builder:%s' "$1" | base64)" >"$DOCKER_CONFIG/config.json"; }
asked() { grep -c "\"$1 /v2/$2" "$WORK/registry/log"; }

mkdir -p "$WORK/shop/ci" && cd "$WORK/shop" && git init -q .
printf 'FROM 127.0.0.1:%s/web/node:22 AS build\nFROM 127.0.0.1:%s/web/nginx:1.27\n' "$port" "$port" >Dockerfile
printf '[registry."127.0.0.1:%s"]\nplain-http = false\n' "$port" >images.toml # loopback speaks plain HTTP by default
exits "an authority that nobody named" 3 "$LOCK" update
says "is the cause, said once" "undetermined: no secure connection to https://127.0.0.1:$port: its certificate comes from an authority that is not trusted here"
says "with what to do" 'hint: if the registry has a private certificate authority, name it with `ca` in images.toml'

cp "$WORK/certificates/ca.pem" ci/
printf '[registry."127.0.0.1:%s"]\nca = "ci/ca.pem"\n' "$port" >images.toml
exits "no password" 3 "$LOCK" update
says "is said" '401 Unauthorized (tried without credentials)'
login 'wrong horse'
exits "a wrong password" 3 "$LOCK" update
says "is said with its file" "$DOCKER_CONFIG/config.json"
exits "nothing was locked so far" 1 test -e images.lock

login 'correct horse'
before=$(asked GET 'web/[a-z]*/manifests/sha256:') fronted=$(wc -l <"$WORK/front.log")
exits "update with the right ones" 0 "$LOCK" -v update
says "over HTTP/2" "https://127.0.0.1:$port (HTTP/2):"
says "on one connection" '1 connection'
exits "one GET a digest" 0 test $(($(asked GET 'web/[a-z]*/manifests/sha256:') - before)) -eq 2
tail -n "+$((fronted + 1))" "$WORK/front.log" >"$WORK/fronted"
exits "every request came by HTTP/2" 1 grep -v '^h2 ' "$WORK/fronted"
exits "and each is in the front's log" 0 grep -q '^h2 HEAD /v2/web/nginx/manifests/1.27' "$WORK/fronted"
exits "the password is nowhere in what was said" 1 grep -qE 'correct horse|Y29ycmVjdCBob3JzZQ' "$WORK/out" "$WORK/err" images.lock
pulled=$(skopeo inspect --raw --cert-dir "$WORK/trusted" --creds 'builder:correct horse' \
  "docker://127.0.0.1:$port/web/nginx:1.27" | sha256sum | cut -d' ' -f1)
says "the lock holds the digest of what skopeo pulls" "digest = \"sha256:$pulled\"" images.lock
exits "verify" 0 "$LOCK" verify

# The same registry behind a front that lets only those in who show a certificate of the authority.
(
  cd "$WORK/certificates" || exit
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=builder -keyout client.key -out request.pem
  openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out client.pem
) 2>"$WORK/openssl.log" || { cat "$WORK/openssl.log"; exit 1; }
port=$(free_port)
nghttpx --conf=/dev/null --log-level=ERROR --frontend="127.0.0.1,$port" --backend="127.0.0.1,$backend" --workers=1 --no-ocsp \
  --verify-client --verify-client-cacert="$WORK/certificates/ca.pem" --errorlog-file="$WORK/guard.errors" \
  "$WORK/certificates/key.pem" "$WORK/certificates/certificate.pem" >"$WORK/guard.out" 2>&1 &
servers+=($!)
wait_for "$port" || { cat "$WORK/guard.errors"; exit 1; }
login 'correct horse'
printf 'FROM 127.0.0.1:%s/web/nginx:1.27\n' "$port" >Dockerfile
printf '[registry."127.0.0.1:%s"]\nca = "ci/ca.pem"\n' "$port" >images.toml
exits "a registry that wants a client certificate" 3 "$LOCK" update
cp "$WORK/certificates/client.pem" "$WORK/certificates/client.key" ci/
printf 'client-certificate = "ci/client.pem"\n' >>images.toml
exits "a certificate without its key" 2 "$LOCK" update
says "is said with what is missing" 'a client certificate and its key belong together'
printf 'client-key = "ci/client.key"\nrealm-host = "127.0.0.1:%s"\nconnections = 2\nrequests-per-second = 1000\n' "$port" >>images.toml
exits "with both" 0 "$LOCK" update
