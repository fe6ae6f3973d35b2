# Did the build use what is locked? Images that BuildKit built and cosign signed, as recorded in
# tests/cases/provenance/recorded, judged by the real binary from OCI layouts: no server, no network.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"

recorded=$SOURCE/tests/cases/provenance/recorded
api=registry.example/shop/api

# digest_of TAG: of a recorded image.
digest_of() { sed -n "/\"digest\"/{s/.*\"\\(sha256:[0-9a-f]*\\)\".*/\\1/;h};/api:$1\"/{g;p;q}" "$WORK/shop/api/index.json"; }
# fresh [SETTINGS]: a shop whose Dockerfile is the one that was built, locked.
fresh() {
  rm -rf "$WORK/shop"
  mkdir -p "$WORK/shop/tree"
  cp -r "$SOURCE/examples/registry" "$WORK/shop/registry"
  cp -r "$recorded/layout" "$WORK/shop/api"
  cd "$WORK/shop/tree" || exit
  cp "$recorded/shop/Dockerfile" "$recorded/key.pub" .
  cat >images.toml <<TOML
[registry."docker.io"]
layout = "../registry"
[registry."ghcr.io"]
layout = "../registry"
[registry."registry.example"]
layout = "../api"
${1:-}
TOML
  "$LOCK" update >/dev/null 2>&1 || not_ok "the shop cannot be locked"
}
signer='[signer.ci]
kind = "cosign-key"
key = "key.pub"'

fresh
for tag in v1-max v1-min v0.2-min git scratch; do
  exits "a build that used what is locked: $tag" 0 "$LOCK" verify --provenance "$api@$(digest_of "$tag")"
  says "nobody signed it: $tag" '[provenance-unsigned]'
done
run "$LOCK" verify --provenance "$api@$(digest_of git)"
says "both platforms at once" 'linux/amd64, linux/arm64: SLSA provenance v1, unsigned, part of the index'
says "a base image" '    golang:1.24-bookworm sha256:bc6202295f33 locked'
says "the sources" '    http://127.0.0.1:20501/shop.git#main sha1:'
exits "as JSON" 0 "$LOCK" verify --provenance "$api@$(digest_of v1-max)" --report json
says "who built it" '"builder":"https://ci.example/builders/1"'
says "which entry holds it" '"locked":"ghcr.io/acme/base:12"'

exits "an image without provenance" 1 "$LOCK" verify --provenance "$api@$(digest_of bare)"
says "is named" "nothing that counts says how $api@"
exits "an image that is not locked, by its tag" 1 "$LOCK" verify --provenance "$api:v1-max"
says "needs a digest" '[image-not-locked]'
exits "offline" 2 "$LOCK" verify --offline --provenance "$api@$(digest_of v1-max)"

# The image is locked itself.
echo "FROM $api:v1-min" >Dockerfile.next
"$LOCK" update >/dev/null 2>&1
exits "a locked image by its tag" 0 "$LOCK" verify --provenance "$api:v1-min"
says "is bound by the lock" 'unsigned, part of the locked index'
exits "beside rendered manifests" 1 bash -c "echo '{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"nginx\"}]}}' | '$LOCK' verify --rendered - --provenance $api:v1-min"
says "both are judged" '[unpinned-image]'
says "and shown" 'SLSA provenance v1'

# The tree moves on, the build does not.
fresh
sed -i 's|golang:1.24-bookworm|node:22-alpine|' Dockerfile
"$LOCK" update >/dev/null 2>&1
exits "a base image that is not in the lock" 1 "$LOCK" verify --provenance "$api@$(digest_of v1-max)"
says "is named" 'used golang:1.24-bookworm, which is not in the lock [material-not-locked]'
fresh
node=$(sed -n '/node:22-alpine/s/.*"digest": "\(sha256:[0-9a-f]*\)".*/\1/p' ../registry/index.json)
sed -i "\\|acme/base:12|s|sha256:[0-9a-f]*|$node|" ../registry/index.json
"$LOCK" update --upgrade >/dev/null 2>&1
exits "a base image that was locked anew since" 1 "$LOCK" verify --provenance "$api@$(digest_of v1-max)"
says "is named with both digests" "expected: $node"
says "once for both platforms" 'linux/amd64, linux/arm64 of'

# Signed by a key.
fresh
for tag in cosign2 cosign3; do
  exits "signed by somebody unknown: $tag" 1 "$LOCK" verify --provenance "$api@$(digest_of "$tag")"
  says "is said so: $tag" '[provenance-untrusted]'
done
fresh "$signer"
for tag in cosign2 cosign3; do
  exits "signed by a key of ours: $tag" 0 "$LOCK" verify --provenance "$api@$(digest_of "$tag")"
  says "with its signer: $tag" 'SLSA provenance v1, signed by key sha256:'
done
fresh "$signer
[checks]
provenance-unsigned = \"error\""
exits "a signature may be demanded" 1 "$LOCK" verify --provenance "$api@$(digest_of v1-max)"
exits "and is there" 0 "$LOCK" verify --provenance "$api@$(digest_of cosign3)"

# What lies in the layout is not what its digest says.
fresh
statement=$(grep -lE '"predicateType": ?"https://slsa.dev/provenance/v0.2"' ../api/blobs/sha256/* | head -1)
sed -i 's/golang/gulang/' "$statement"
exits "a statement that was rewritten" 1 "$LOCK" verify --provenance "$api@$(digest_of v0.2-min)"
says "does not hold" '[provenance-invalid]'
exits "the others do" 0 "$LOCK" verify --provenance "$api@$(digest_of v1-min)"
