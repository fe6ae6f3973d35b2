# Input that is no input, by the real binary: each gets a message with its file or URL, in bounded memory and time, and
# the rest of the work is done. What must be printed stands whole in tests/cases/bad_input; LOCK_ACCEPT=1 rewrites it.
# sanitizers: no, they take memory of their own
# time limit: 240 s
# shellcheck disable=SC2154 # e2e.sh sets fake
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need /usr/bin/time iconv
expected=$SOURCE/tests/cases/bad_input

# bounded NAME STATUS MIB SECONDS COMMAND…: ends with this status within so much memory and time.
bounded() {
  local name=$1 wanted=$2 mib=$3 seconds=$4 kib took
  shift 4
  exits "$name" "$wanted" timeout "$seconds" /usr/bin/time -qo "$WORK/cost" -f '%M %e' "$@"
  read -r kib took <"$WORK/cost"
  if [ "$kib" -le $((mib * 1024)) ]; then
    ok "$name, in $mib MiB"
  else
    not_ok "$name, in $mib MiB"
    echo "  peak of $((kib / 1024)) MiB, $took s"
  fi
}

# shows NAME FILE: what the last command wrote, both streams, with addresses and the place of the run taken out.
shows() {
  cat "$WORK/out" "$WORK/err" | sed "s|${fake:-no registry}|registry|g; s|$WORK|WORK|g" >"$WORK/shown"
  same "$1" "$expected/$2" "$WORK/shown"
}

# repeat TEXT COUNT: the text, so many times in a row.
repeat() { yes -- "$1" | head -n "$2" | tr -d '\n'; }

# Ten aliases in each of thirty mappings: followed without a bound they are 10^30 members.
bomb() {
  local i
  printf 'x-0: &a0 {image: "nginx:1"}\n'
  for ((i = 1; i <= 30; i++)); do printf 'x-%d: &a%d {<<: [%s]}\n' $i $i "$(repeat "*a$((i - 1))," 10)"; done
  printf 'services: {web: *a30, worker: {<<: *a30}}\n'
}

mkdir "$WORK/tree" && cd "$WORK/tree" || exit
mkdir good brackets bomb latin1 nul utf16 binary merge
printf 'FROM alpine:3.20\n' >good/Dockerfile
repeat $'\177ELF\002\001\001' 20000 | tr '\002' '\000' >binary/Dockerfile
{ printf 'services:\n  web:\n    image: '; repeat '[' 100000; } >brackets/compose.yaml
{ printf '{"apiVersion": "v1", "kind": "Pod", "image": '; repeat '[' 100000; } >brackets/pod.json
bomb >bomb/compose.yaml
printf 'services: {web: {image: "caf\351:1"}}\n' >latin1/compose.yaml
printf 'services: {web: {image: "a\000b:1"}}\n' >nul/compose.yaml
printf 'services: {web: {image: "nginx:1"}}\n' | iconv -t UTF-16LE >utf16/compose.yaml
printf 'apiVersion: v1\nkind: Pod\nimage: nginx:1\n' | iconv -t UTF-16 >utf16/pod.yaml
{ printf 'x-a: &a\n' && seq -f '  k%.0f: v' 100000 && printf 'services:\n  <<: *a\n' &&
  seq -f '  s%.0f: {build: .}' 100000 && printf '  last: {image: "redis:7"}\n'; } >merge/compose.yaml
{ printf 'apiVersion: v1\nkind: List\nitems:\n' &&
  yes -- '- {apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: "nginx:1"}]}}' | head -c 100000000; } >100-mb.yaml
bounded "a scan of a tree of bad input" 3 150 60 "$LOCK" scan
shows "each with its file, and the rest is read" scan.txt

# A registry that answers so; one repository a fault, and one that is good.
cat >"$WORK/content.json" <<'JSON'
[{"repository": "acme/good", "tag": "1", "platforms": ["linux/amd64", "linux/arm64"]},
 {"repository": "acme/broken-off", "tag": "1", "salt": "2", "platforms": ["linux/amd64", "linux/arm64"]},
 {"repository": "acme/cut-short", "tag": "1", "manifest": "{\"schemaVersion\":2,\"manifests\":[{\"media",
  "type": "application/vnd.oci.image.index.v1+json"},
 {"repository": "acme/itself", "tag": "1", "name": "itself", "salt": "3", "platforms": ["linux/amd64", "linux/arm64"]},
 {"repository": "acme/itself", "lie": "itself", "bytes": "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"digest\":\"${itself}\",\"size\":7}]}"},
 {"repository": "acme/two-gigabytes", "tag": "1", "salt": "4", "platforms": ["linux/amd64", "linux/arm64"]},
 {"repository": "acme/endless", "tag": "1", "salt": "5", "platforms": ["linux/amd64", "linux/arm64"]}]
JSON
cat >"$WORK/faults.json" <<'JSON'
[{"match": {"method": "GET", "kind": "manifest", "repository": "acme/broken-off"}, "truncate": 20},
 {"match": {"method": "GET", "kind": "manifest", "repository": "acme/two-gigabytes"}, "length": 2147483648},
 {"match": {"method": "GET", "kind": "manifest", "repository": "acme/endless"}, "endless": true}]
JSON
start_fake_registry --content "$WORK/content.json" --faults "$WORK/faults.json" || exit 1
mkdir "$WORK/pulls" && cd "$WORK/pulls" || exit
for name in good broken-off cut-short itself two-gigabytes endless; do echo "FROM $fake/acme/$name:1"; done >Dockerfile
bounded "an update from a registry of bad answers" 1 100 60 "$LOCK" update
shows "each with its URL" update.txt
exits "and the good image is locked, alone" 0 test "$(grep -c '^reference' images.lock)" -eq 1
says "by its name" "reference = \"$fake/acme/good:1\"" images.lock
