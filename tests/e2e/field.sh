# A field of registries on a bad day, with the real program: 20 registries, one of them dead, 2% of the HEADs answered
# 503, token answers that come byte by byte. What can be locked is locked, and one line says what could not.
# FIELD_IMAGES=10000 makes the field large (tests/bench/run.sh does).
# time limit: 120 s
# shellcheck disable=SC2154 # e2e.sh sets fake and fake_input
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need curl python3
images=${FIELD_IMAGES:-1000} registries=20
each=$((images / registries))

# content NUMBER: images that no other registry has.
content() {
  python3 - "$each" "$1" <<'PY'
import json, sys
each, registry = sys.argv[1:]
print(json.dumps([{"repository": f"apps/app-{i}", "tag": "1", "salt": f"{registry}/{i}",
                   "platforms": ["linux/amd64", "linux/arm64"]} for i in range(int(each))]))
PY
}

mkdir "$WORK/tree" && cd "$WORK/tree" && git init -q . || exit 1
name_images() { local i; for ((i = 0; i < each; i++)); do echo "FROM $1/apps/app-$i:1"; done; }
fields=()
for ((registry = 1; registry < registries; registry++)); do
  cat >"$WORK/faults.json" <<JSON
[{"match": {"method": "HEAD", "kind": "manifest", "percent": 2, "seed": $registry, "times": $((each / 25 + 1))}, "status": 503},
 {"match": {"kind": "token", "percent": 1, "seed": $registry}, "drip": 16, "drip-every-ms": 20}]
JSON
  content $registry >"$WORK/content.json"
  start_fake_registry --personality harbor --content "$WORK/content.json" --faults "$WORK/faults.json" || exit 1
  fields+=("$fake")
  name_images "$fake" >"Dockerfile.$registry"
done
dead=127.0.0.1:$(free_port)
name_images "$dead" >Dockerfile.dead

# weighed COMMAND…: leaves the largest peak of its processes' memory in $WORK/peak, KiB.
weighed() {
  python3 -c 'import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)' "$WORK/peak" "$@"
}

began=$(date +%s%N)
exits "$images images of $registries registries: what could not be asked is undetermined" 3 weighed timeout 110 "$LOCK" update
echo "  $((($(date +%s%N) - began) / 1000000)) ms, at most $(($(cat "$WORK/peak") / 1024)) MiB"
[ "$images" -gt 1000 ] || {
  if [ "$(cat "$WORK/peak")" -lt 65536 ]; then ok "within 64 MiB"; else not_ok "within 64 MiB"; fi
}
says "everything else is locked" "$((images - each)) images locked, 1 file written"
grep -c 'undetermined:' "$WORK/out" >"$WORK/causes"
echo 1 >"$WORK/one"
same "one line for the dead registry, however many images" "$WORK/one" "$WORK/causes"
says "it says who and how many" "$each questions about $each images [image-not-locked]"
says "and why" "$dead cannot be reached: nobody listens there (connection refused)"

# What each registry was asked: a probe, a token and a HEAD an image, one more for each 503, a GET a digest.
for field in "${fields[@]}"; do curl -s "http://$field/_counters"; done | python3 -c '
import json, sys
each, off, failed = int(sys.argv[1]), [], 0
for line in sys.stdin:
    counted = json.loads(line)
    asked = counted["requests"]
    again = asked.get("HEAD manifest 503", 0)
    failed += again
    wanted = {"HEAD manifest 200": each, "HEAD manifest 401": 1, "GET token 200": each, "GET manifest 200": each}
    found = {what: asked.get(what, 0) for what in wanted}
    if found != wanted or again > each / 25 + 1: off.append(asked)
print(f"  {failed} answers of 503" if failed else "nothing was answered 503")
print("\n".join(map(str, off)) if off else "as wanted")
' "$each" >"$WORK/counted"
says "each question once, and once more after a 503" "as wanted" "$WORK/counted"
says "there were 503s" "answers of 503" "$WORK/counted"
head -1 "$WORK/counted"

rm -f Dockerfile.dead
exits "without the dead one everything is settled" 0 "$LOCK" update
exits "and verifies" 0 "$LOCK" verify
