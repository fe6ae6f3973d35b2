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

tag_image() {
  local config=application/vnd.oci.image.config.v1+json
  mkdir -p "$layout/blobs/sha256"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  layout_blob "{\"architecture\":\"amd64\",\"os\":\"linux\",\"author\":\"$2\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
  tag_manifest "$1" "{\"schemaVersion\":2,\"mediaType\":\"$layout_manifest_type\",\"config\":{\"mediaType\":\"$config\",\"digest\":\"sha256:$blob\",\"size\":$blob_size},\"layers\":[]}"
}
