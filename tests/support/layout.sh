# An OCI image layout that a script makes up as it goes, to stand in for registries.
#
#   layout=DIR           where it lies
#   tag_manifest REF TEXT   the tag names this manifest from now on; sets $image to its digest
#   tag_image REF SALT   the tag names a small image of its own from now on (the same one for the same salt); sets $image
#                        to its digest. Images of former tags stay, as in a registry.
declare -A layout_tags=()
: "${layout:=}"

# layout_blob TEXT: puts it under its digest; sets $blob and $blob_size.
layout_blob() {
  blob=$(printf %s "$1" | sha256sum)
  blob=${blob%% *} blob_size=${#1}
  printf %s "$1" >"$layout/blobs/sha256/$blob"
}

layout_manifest_type=application/vnd.oci.image.manifest.v1+json

layout_index() {
  local ref rows=
  for ref in "${!layout_tags[@]}"; do
    rows+=",{${layout_tags[$ref]},\"annotations\":{\"org.opencontainers.image.ref.name\":\"$ref\"}}"
  done
  printf '{"schemaVersion":2,"manifests":[%s]}' "${rows#,}" >"$layout/index.json"
}

tag_manifest() {
  layout_blob "$2"
  image=sha256:$blob
  layout_tags[$1]="\"mediaType\":\"$layout_manifest_type\",\"digest\":\"$image\",\"size\":$blob_size"
  layout_index
}

# Signatures as `cosign sign --key` attaches them: a simple signing payload under the tag .sig. $repository says of which
# repository; KEY is a private key in PEM.
#
#   payload DIGEST       what cosign signs about an image
#   layer KEY PAYLOAD    a signature of it, as a layer; sets $layer
#   attach DIGEST ROWS   the image has these layers as its signatures from now on
: "${repository:=}" "${layer:=}"
payload_type=application/vnd.dev.cosign.simplesigning.v1+json

payload() {
  printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
    "$repository" "$1"
}

layer() {
  local signature
  signature=$(printf %s "$2" | openssl dgst -sha256 -sign "$1" | base64 -w 0)
  layout_blob "$2"
  layer="{\"mediaType\":\"$payload_type\",\"digest\":\"sha256:$blob\",\"size\":$blob_size,\"annotations\":{\"dev.cosignproject.cosign/signature\":\"$signature\"}}"
}

attach() {
  local subject=$1 rows=$2
  layout_blob '{}'
  tag_manifest "$repository:sha256-${subject#sha256:}.sig" "{\"schemaVersion\":2,\"mediaType\":\"$layout_manifest_type\",\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:$blob\",\"size\":$blob_size},\"layers\":[$rows]}"
}

tag_image() {
  local config=application/vnd.oci.image.config.v1+json
  mkdir -p "$layout/blobs/sha256"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  layout_blob "{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"$2\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
  tag_manifest "$1" "{\"schemaVersion\":2,\"mediaType\":\"$layout_manifest_type\",\"config\":{\"mediaType\":\"$config\",\"digest\":\"sha256:$blob\",\"size\":$blob_size},\"layers\":[]}"
}
