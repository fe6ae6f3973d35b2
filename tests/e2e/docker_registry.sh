# The same questions to Debian's docker-registry over plain HTTP, filled by skopeo, with its own log as the count.
# time limit: 120 s
# shellcheck disable=SC2154 # e2e.sh sets port and servers
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need docker-registry skopeo curl

start_registry "$WORK/registry" || exit 1
server=${servers[0]}
layout=$SOURCE/examples/registry
push() { skopeo copy -q --all --dest-tls-verify=false "oci:$layout:$1" "docker://127.0.0.1:$port/$2" >/dev/null; }
push docker.io/library/nginx:1.27-alpine web/nginx:1.27 || exit 1
push docker.io/library/node:22-alpine web/node:22 || exit 1
asked() { grep -c "\"$1 $2" "$WORK/registry/log"; }
asked_nothing_since() { [ "$(grep -c ' HTTP/1.1" ' "$WORK/registry/log")" -eq "$1" ]; }
requests() { grep -c ' HTTP/1.1" ' "$WORK/registry/log"; }

mkdir "$WORK/shop" && cd "$WORK/shop" && git init -q .
printf 'FROM 127.0.0.1:%s/web/node:22 AS build\nFROM 127.0.0.1:%s/web/nginx:1.27\n' "$port" "$port" >Dockerfile
before=$(asked GET "/v2/web/[a-z]*/manifests/sha256:")
exits "a cold update" 0 "$LOCK" update
after=$(asked GET "/v2/web/[a-z]*/manifests/sha256:")
if [ $((after - before)) -eq 2 ]; then ok "one GET a digest"; else not_ok "one GET a digest"; echo "  $((after - before))"; fi
cold=$(requests)
exits "a warm update" 0 "$LOCK" update
exits "a warm update asks nothing" 0 asked_nothing_since "$cold"
gets=$(asked GET "/v2/web/[a-z]*/manifests/sha256:")
exits "update --upgrade where nothing moved" 0 "$LOCK" update --upgrade
exits "it fetches no manifest" 0 test "$(asked GET "/v2/web/[a-z]*/manifests/sha256:")" -eq "$gets"
exits "verify" 0 "$LOCK" verify

push docker.io/library/node:22-alpine web/nginx:1.27
exits "a moved tag under FROM" 1 "$LOCK" verify
says "its place" 'Dockerfile:2:6: error:'
digest=$(sed -n '/web\/nginx/,/seal/s/^digest = "\(.*\)"/\1/p' images.lock)
curl -s -X DELETE "http://127.0.0.1:$port/v2/web/nginx/manifests/$digest" >/dev/null
exits "a locked digest deleted" 1 "$LOCK" verify
says "is gone" '[digest-gone]'

cp images.lock "$WORK/before"
kill "$server"
wait "$server" 2>/dev/null
exits "a registry that is down" 3 "$LOCK" verify
echo "FROM 127.0.0.1:$port/web/other:1" >>Dockerfile
exits "an update then" 3 "$LOCK" update
same "leaves the lock as it was" "$WORK/before" images.lock
