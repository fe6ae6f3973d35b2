# Who signed it, asked of the real binary: an image in an OCI layout, signed as `cosign sign --key` does (a simple signing
# payload under the tag .sig), by keys that are made here. Each attack has a sibling that passes beside it.
# shellcheck disable=SC2034,SC2154 # what layout.sh reads and sets
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

need openssl sha256sum
layout=$WORK/layout tree=$WORK/tree repository=registry.example/shop/api

for key in ours theirs; do
  openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/$key.pem" 2>/dev/null
  openssl ec -in "$WORK/$key.pem" -pubout -out "$WORK/$key.pub" 2>/dev/null
done

sign() { layer "$WORK/$1.pem" "$(payload "$2")" && attach "$2" "$layer"; }
strip() { unset "layout_tags[$repository:sha256-${1#sha256:}.sig]" && layout_index; }

# fresh [SETTINGS]: a tree that uses the image, and nothing locked yet.
fresh() {
  rm -rf "$tree" && mkdir -p "$tree"
  cp "$WORK/ours.pub" "$WORK/theirs.pub" "$tree"
  echo "FROM $repository:1" >"$tree/Dockerfile"
  printf '[registry."registry.example"]\nlayout = "../layout"\n%s\n' "${1:-}" >"$tree/images.toml"
}
lock() { "$LOCK" -C "$tree" "$@"; }
signer='[signer.ours]
kind = "cosign-key"
key = "ours.pub"
log = false'
rule='[[rule]]
images = ["registry.example/**"]
signers = ["ours"]'

tag_image "$repository:1" first
first=$image

fresh "$signer"
exits "an image that nobody signed is locked" 0 lock update
says "and the lock says that absence was proven" 'signatures = "unsigned"' "$tree/images.lock"
exits "and verified" 0 lock verify
fresh "$signer
$rule"
exits "with a rule it is refused" 1 lock update
says "by name" '[unsigned]'
says "and place of the rule" 'images.toml:7'
exits "the rule for an image" 0 lock explain "$repository:1"
says "is named with its line" 'images.toml:7: [[rule]]: must be signed by ours'
exits "an image without a rule" 0 lock explain nginx:1.27
says "is told so" 'no rule of images.toml asks anything of it'
exits "a word that is neither" 2 lock explain nginx
says "gets a hint" "there is no check 'nginx'"

sign ours "$first"
exits "signed, it is locked" 0 lock update "$repository:1"
says "with its signer" 'kind = "cosign-key"' "$tree/images.lock"
exits "and verified again" 0 lock verify
exits "signatures alone, offline" 0 lock verify --only signatures --offline
exits "everything about it" 0 lock signers "$repository:1"
says "is shown" 'cosign signature'
cp "$tree/images.lock" "$WORK/signed.lock"
exits "a second update" 0 lock update
same "changes nothing" "$WORK/signed.lock" "$tree/images.lock"

strip "$first"
exits "the signature was removed" 1 lock verify
says "is signer-lost" '[signer-lost]'
sign theirs "$first"
exits "somebody else signed instead" 1 lock verify
says "is not our signer" '[signature-untrusted]'
layer "$WORK/ours.pem" "$(payload "sha256:$(printf another | sha256sum | cut -d ' ' -f 1)")"
attach "$first" "$layer"
exits "our signature of another image" 1 lock verify
says "is invalid" '[signature-invalid]'
layer "$WORK/ours.pem" "$(payload "$first")"
attach "$first" "${layer/signature\":\"M/signature\":\"N}"
exits "a changed signature" 1 lock verify
says "is one of no key that is known" '[signature-untrusted]'
layer "$WORK/theirs.pem" "$(payload "$first")"
junk=$layer
layer "$WORK/ours.pem" "$(payload "$first")"
attach "$first" "$junk,$layer"
exits "ours beside a stranger's" 0 lock verify

# Continuity: the tag moves to an image that our signer did not sign.
tag_image "$repository:1" second
second=$image
exits "a moved tag without our signature is not taken" 1 lock update "$repository:1"
same "the lock stays as it was" "$WORK/signed.lock" "$tree/images.lock"
sign theirs "$second"
exits "nor with a stranger's" 1 lock update "$repository:1"
same "and stays" "$WORK/signed.lock" "$tree/images.lock"
sign ours "$second"
exits "with ours it is" 0 lock update "$repository:1"
says "the new digest" "$second" "$tree/images.lock"
exits "and verified" 0 lock verify
