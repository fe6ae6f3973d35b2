# `lock mirror`: to a registry and to a folder, killed at many points (6, with LOCK_ALL=1 20), read back when the origin is
# gone. What was sent is counted where it arrived.
# time limit: 280 s
# shellcheck disable=SC2154 # e2e.sh sets fake, port and servers
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh" || exit 2
need curl python3

images=${MIRROR_IMAGES:-50}
kills=${MIRROR_KILLS:-$([ -n "${LOCK_ALL:-}" ] && echo 20 || echo 6)}

# 50 images for two platforms, each with a signature tag, a referrer and a layer that all of them share; one of them
# has a layer of three chunks.
python3 - "$images" >"$WORK/content.json" <<'END'
import json, sys
entries = []
for i in range(int(sys.argv[1])):
    repository = f"team/app{i}"
    entries.append({"repository": repository, "tag": "1", "name": f"app{i}", "platforms": ["linux/amd64", "linux/arm64"],
                    "salt": str(i), "layer-bytes": 40 << 20 if i == 7 else 2000})
    entries.append({"repository": repository, "signature-of": f"app{i}"})
    entries.append({"repository": repository, "artifact": "application/vnd.example.sbom.v1+json", "subject": f"app{i}",
                    "payload": f"sbom {i}"})
print(json.dumps(entries))
END
start_fake_registry --content "$WORK/content.json"
origin=$fake
origin_process=${servers[-1]}
echo '[{"match": {"kind": "upload|manifest"}, "delay-ms": 4}]' >"$WORK/slow.json"

mkdir "$WORK/shop" && cd "$WORK/shop" && git init -q .
{
  echo services:
  for ((i = 0; i < images; i++)); do printf '  s%d: {image: "%s/team/app%d:1"}\n' "$i" "$origin" "$i"; done
} >compose.yaml
exits "update" 0 "$LOCK" update

# sent_twice LOG: blobs (with their repository) that were put more than once, by the log of a scripted registry.
sent_twice() {
  sed -n 's|^registry PUT /v2/\(.*\)/blobs/uploads/.*digest=\([^& ]*\) -> 201 .*|\1 \2|p' "$1" | sort | uniq -d
}
# Blobs as `lock mirror` counted them in its report, as the registry received them, and all writes at the registry.
sum_of_blobs() { sed 's/.*"bytes":\([0-9]*\).*/\1/' "$1"; }
received() { curl -s "http://$1/_counters" | sed 's/.*"blob-bytes-received":\([0-9]*\).*/\1/'; }
puts() { curl -s "http://$1/_counters" | tr ',{' '\n' | awk -F'[":]+' '/^"(PUT|PATCH|POST) / { sum += $3 } END { print sum + 0 }'; }

# account LOG RECEIVED WHOLE: by the log of a scripted registry, every byte that came with an upload belongs to one that
# ended, and none came beside them. What was sent beyond WHOLE, the log of a run in one go, are blobs that several
# repositories share: a run mounts them, and one that was killed before it could had to send them once more.
account() {
  python3 - "$@" <<'END'
import collections, re, sys
def read(name):
    uploads, ended = collections.defaultdict(int), {}
    for line in open(name):
        found = re.match(r"registry (PUT|PATCH) /v2/(.*)/blobs/uploads/([^? ]+)\S* -> (\d+) \((.*)\)$", line)
        if not found: continue
        method, repository, upload, status, rest = found.groups()
        size = re.search(r", (\d+) bytes", rest)
        uploads[upload] += int(size.group(1)) if size else 0
        if method == "PUT" and status == "201":
            ended[upload] = (repository, re.search(r"digest=([^& ]+)", line).group(1))
    return uploads, ended
uploads, ended = read(sys.argv[1])
whole_uploads, whole = read(sys.argv[3])
size = {digest: uploads[upload] for upload, (repository, digest) in ended.items()}
lost = sum(size for upload, size in uploads.items() if upload not in ended)
sent, needed = collections.Counter(d for r, d in ended.values()), collections.Counter(d for r, d in whole.values())
more, less = sent - needed, needed - sent
shared = {digest for digest in more if needed[digest] == 0 or sent[digest] < 2}
print(f"  {len(ended)} blobs, {sum(uploads.values())} bytes; {lost} bytes of uploads that did not end; "
      f"{sum(size[d] * n for d, n in more.items())} bytes to more repositories than in one go")
sys.exit(not (sum(uploads.values()) == int(sys.argv[2]) and lost == 0 and not less and not shared
              and all(size[d] == whole_uploads[u] for u, (r, d) in whole.items())))
END
}

# kill_after HOST COUNT DEST…: starts a mirror and kills it when the host has taken so many writes more.
kill_after() {
  local host=$1 goal process
  goal=$(($(puts "$host") + $2))
  "$LOCK" mirror "$3" >"$WORK/killed" 2>&1 &
  process=$!
  while kill -0 "$process" 2>/dev/null && [ "$(puts "$host")" -lt "$goal" ]; do :; done
  kill -9 "$process" 2>/dev/null
  wait "$process" 2>/dev/null
  [ $? -eq 137 ]
}

# 1. To a registry, in one go: what it takes at least.
start_fake_registry
whole=$fake
exits "a mirror in one go" 0 "$LOCK" --report json="$WORK/whole.json" mirror "$whole/backup"
says "counts what it did" "$images of $images images at the destination" "$WORK/err"
exits "it sends each blob once" 0 test -z "$(curl -s "http://$whole/_log" >"$WORK/whole.log" && sent_twice "$WORK/whole.log")"
exits "and no more bytes than the blobs have" 0 test "$(received "$whole")" -eq "$(sum_of_blobs "$WORK/whole.json")"
before=$(puts "$whole")
exits "once more" 0 "$LOCK" mirror "$whole/backup"
says "all is there" "0 manifests and 0 blobs sent" "$WORK/err"
exits "and nothing is written" 0 test "$(puts "$whole")" -eq "$before"

# 2. The same, killed again and again.
start_fake_registry --faults "$WORK/slow.json"
mirror=$fake
export LOCK_CACHE=$WORK/cache-of-killed
writes=$before
killed=0
for ((k = 0; k < kills; k++)); do kill_after "$mirror" $((writes / (2 * kills + 2) + 1)) "$mirror/backup" && killed=$((killed + 1)); done
exits "killed at $kills points" 0 test "$killed" -eq "$kills"
exits "it then finishes" 0 "$LOCK" mirror "$mirror/backup"
curl -s "http://$mirror/_log" >"$WORK/killed.log"
exits "without sending a blob twice" 0 test -z "$(sent_twice "$WORK/killed.log")"
exits "and each byte of one that arrived counts" 0 account "$WORK/killed.log" "$(received "$mirror")" "$WORK/whole.log"
cat "$WORK/out"
exits "and a layer in chunks" 0 test "$(grep -c '^registry PATCH .* 202 ' "$WORK/killed.log")" -eq 4

# 3. The origin is switched off.
"$LOCK" mirror "$WORK/backup" >"$WORK/out" 2>&1 || not_ok "a mirror in a folder"
kill "$origin_process"
wait "$origin_process" 2>/dev/null
printf '[registry."%s"]\nmirrors = [{ host = "%s/backup/%s", resolve = true }]\n' "$origin" "$mirror" "${origin/:/_}" >images.toml
export LOCK_CACHE=$WORK/cache-without-origin
exits "verify without the origin" 0 "$LOCK" verify
says "says so" "is served by a mirror, its registry cannot be reached [digest-only-at-mirror]"
sed -i 's/, resolve = true//' images.toml
exits "a mirror that may not resolve tags" 3 "$LOCK" verify
exits "a mirror of the mirror, which proves no absence of signatures" 3 "$LOCK" mirror "$mirror/backup"
says "copies what is found" "$images of $images images at the destination" "$WORK/err"

printf '[registry."%s"]\nlayout = "%s"\n' "$origin" "$WORK/backup" >images.toml
exits "verify from the folder" 0 "$LOCK" verify
says "says so too" "[layout-stands-in]"
exits "a folder of the folder" 0 "$LOCK" mirror ../second
same "is the same" "$WORK/backup/index.json" "$WORK/second/index.json"

# 4. A folder, killed while it is written.
for ((k = 1; k <= 5; k++)); do
  "$LOCK" mirror ../third >/dev/null 2>&1 &
  sleep "0.0$k"
  kill -9 $! 2>/dev/null
  wait $! 2>/dev/null
done
exits "a folder after five kills" 0 "$LOCK" mirror ../third
same "is the same too" "$WORK/backup/index.json" "$WORK/third/index.json"
exits "and holds nothing half written" 0 test -z "$(find ../third -name '.new-*')"
victim=$(find ../third/blobs/sha256 -type f -size 2000c | head -1)
echo broken >"$victim"
exits "a damaged file" 0 "$LOCK" mirror ../third
says "is written anew" "1 blob sent" "$WORK/err"

# 5. Debian's docker-registry, which has no referrers API, from the folder.
if command -v docker-registry >/dev/null; then
  start_registry "$WORK/registry" || exit 1
  exits "to docker-registry" 0 "$LOCK" mirror "127.0.0.1:$port/backup"
  subject=$(sed -n 's/^digest = "sha256:\(.*\)"/\1/p' images.lock | head -1)
  exits "what refers to an image is under the fallback tag" 0 \
    curl -sf -o /dev/null -H 'Accept: application/vnd.oci.image.index.v1+json' \
    "http://127.0.0.1:$port/v2/backup/${origin/:/_}/team/app0/manifests/sha256-$subject"
  printf '[registry."%s"]\nmirrors = [{ host = "127.0.0.1:%s/backup/%s", resolve = true, authoritative = true }]\n' \
    "$origin" "$port" "${origin/:/_}" >images.toml
  LOCK_CACHE=$WORK/cache-of-docker-registry exits "verify from docker-registry" 0 "$LOCK" verify
  before=$(grep -cE '"(PUT|POST|PATCH) ' "$WORK/registry/log")
  exits "to docker-registry once more" 0 "$LOCK" mirror "127.0.0.1:$port/backup"
  exits "writes nothing there" 0 test "$(grep -cE '"(PUT|POST|PATCH) ' "$WORK/registry/log")" -eq "$before"
else
  skip "to docker-registry" "there is no docker-registry here"
fi

# 6. What cannot be a destination.
mkdir -p ../full && echo text >../full/file
exits "a folder with something else" 2 "$LOCK" mirror ../full
says "is said" "holds something, and it is no OCI image layout"
mkdir -p there.example
exits "a folder that looks like a host" 2 "$LOCK" mirror there.example
says "is asked about" "write ./there.example for the folder"
exits "no destination" 2 "$LOCK" mirror
exits "a registry that is down" 3 "$LOCK" mirror "127.0.0.1:$(free_port)/backup"
