# Keyless signatures that cosign makes against a private Sigstore instance, found and verified in both of its layouts: by
# cosign 2 (tags) and cosign 3 (bundles among the referrers), in a registry with the referrers API (olareg) and in one
# without (Debian's docker-registry). Building cosign takes a Go toolchain and many minutes, so it is built only where
# LOCK_GO_SECONDS says how long it may take; what it wrote is recorded in tests/cases/cosign and tested everywhere.
#
# By hand: LOCK_GO_SECONDS=3600 bash tests/e2e/cosign_keyless.sh; with LOCK_RECORD=FOLDER what lies in the registries is
# written to FOLDER/NAME, as in tests/cases/cosign.
# time limit: 280 s
# shellcheck disable=SC2034,SC2154 # e2e.sh sets port and servers; a pipe is held open
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
need docker-registry skopeo node npm python3

# tool NAME PACKAGE VERSION: $SOURCE/build/go/tools/NAME.
tools=$SOURCE/build/go/tools
tool() {
  [ -x "$tools/$1" ] && return 0
  command -v go >/dev/null || { skip "$1" "there is no Go here"; return 1; }
  [ -n "${LOCK_GO_SECONDS:-}" ] || { skip "$1" "building it takes many minutes: set LOCK_GO_SECONDS"; return 1; }
  mkdir -p "$tools/src/$1"
  (
    cd "$tools/src/$1" || exit 1
    export GOPATH=$SOURCE/build/go GOCACHE=$SOURCE/build/go/cache GOFLAGS=-modcacherw GOTOOLCHAIN=local
    [ -e go.mod ] || go mod init tool
    timeout "$LOCK_GO_SECONDS" go get "$2@$3" && timeout "$LOCK_GO_SECONDS" go build -o "$tools/$1" "$2"
  ) >"$WORK/go.log" 2>&1 && return 0
  tail -n 2 "$WORK/go.log" | cut -c1-160
  skip "$1" "it cannot be built here"
  return 1
}
cosigns=()
tool cosign2 github.com/sigstore/cosign/v2/cmd/cosign v2.6.2 && cosigns+=(cosign2)
tool cosign3 github.com/sigstore/cosign/v3/cmd/cosign v3.1.2 && cosigns+=(cosign3)
[ ${#cosigns[@]} -gt 0 ] || exit 0

# The instance.
peers=$SOURCE/build/npm/sigstore
mkdir -p "$peers" && cp "$SOURCE"/tests/support/peers/{sigstore_instance,rekor_entry}.mjs "$peers/"
if ! (cd "$peers" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund @sigstore/mock@0.12.1 canonicalize@2.1.0) >"$WORK/npm" 2>&1; then
  skip cosign_keyless "npm cannot install the mock services: $(tail -1 "$WORK/npm")"
  exit 0
fi
instance=$WORK/instance
mkdir "$instance" && mkfifo "$WORK/instance.in"
exec {instance_input}<>"$WORK/instance.in"
node "$peers/sigstore_instance.mjs" "$instance" <"$WORK/instance.in" >"$WORK/instance.out" 2>"$WORK/instance.err" &
servers+=($!)
for ((i = 0; i < 200; i++)); do
  [ -s "$WORK/instance.out" ] && break
  sleep 0.05
done
url=$(cat "$WORK/instance.out")

# The registries.
registries=()
start_registry "$WORK/registry" && registries+=("docker-registry $port")
if tool olareg github.com/olareg/olareg/cmd/olareg v0.2.2; then
  port=$(free_port)
  "$tools/olareg" serve --dir "$WORK/olareg" --addr 127.0.0.1 --port "$port" >"$WORK/olareg.log" 2>&1 &
  servers+=($!)
  wait_for "$port" && registries+=("olareg $port")
fi

# sign COSIGN IMAGE: keyless, with a token, against the instance; the image is on plain HTTP on loopback.
export COSIGN_YES=true SIGSTORE_ROOT_FILE=$instance/fulcio.pem SIGSTORE_REKOR_PUBLIC_KEY=$instance/rekor.pub
export SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=$instance/ctfe.pub COSIGN_DOCKER_MEDIA_TYPES=0 TUF_ROOT=$WORK/tuf
sign() {
  case $1 in
    cosign2) "$tools/$1" sign --fulcio-url "$url" --rekor-url "$url" --identity-token "$(cat "$instance/token")" "$2" ;;
    *) "$tools/$1" sign --signing-config "$instance/signing_config.json" --trusted-root "$instance/trusted_root.json" \
      --identity-token "$(cat "$instance/token")" "$2" ;;
  esac
}

for cosign in "${cosigns[@]}"; do
  for row in "${registries[@]}"; do
    read -r kind port <<<"$row"
    name="$cosign, $kind" repository=shop/$cosign
    skopeo copy -q --all --dest-tls-verify=false "oci:$SOURCE/examples/registry:docker.io/library/nginx:1.27-alpine" \
      "docker://127.0.0.1:$port/$repository:1" >"$WORK/push" 2>&1 || { not_ok "$name: push"; cat "$WORK/push"; continue; }
    digest=$(skopeo inspect --raw --tls-verify=false "docker://127.0.0.1:$port/$repository:1" | sha256sum | cut -d' ' -f1)
    run sign "$cosign" "127.0.0.1:$port/$repository@sha256:$digest"
    if [ "$status" -ne 0 ]; then
      not_ok "$name: sign"
      sed 's/^/  | /' "$WORK/err" "$WORK/instance.err" | tail -20
      continue
    fi
    ok "$name: sign"
    tree=$WORK/tree/$cosign-$kind
    mkdir -p "$tree" && cp "$instance/trusted_root.json" "$tree/"
    echo "FROM 127.0.0.1:$port/$repository:1" >"$tree/Dockerfile"
    # shellcheck disable=SC2016 # TOML
    printf '[signer.ci]\nkind = "sigstore"\ntrusted-root = "trusted_root.json"\nissuer = "https://token.example"\nsubject = "https://ci.example/acme/*"\n[[rule]]\nimages = ["**"]\nsigners = ["ci"]\n' >"$tree/images.toml"
    exits "$name: update" 0 "$LOCK" -C "$tree" update
    says "$name: the signer is locked" 'subject = "https://ci.example/acme/base"' "$tree/images.lock"
    exits "$name: verify" 0 "$LOCK" -C "$tree" verify
    exits "$name: verify again what is cached, offline" 0 "$LOCK" -C "$tree" verify --only signatures --offline
    exits "$name: signers" 0 "$LOCK" -C "$tree" signers "127.0.0.1:$port/$repository:1"
    says "$name: signers says it" 'verified'
    sed -i 's|acme/\*|evil/*|' "$tree/images.toml"
    exits "$name: another signer is asked for" 1 "$LOCK" -C "$tree" verify
    says "$name: and missing" '[signer-missing]'
    if [ -n "${LOCK_RECORD:-}" ]; then
      into=$LOCK_RECORD/$cosign-keyless-$kind
      rm -rf "$into"
      python3 "$SOURCE/tests/cases/cosign/record.py" "http://127.0.0.1:$port" "$repository" "sha256:$digest" "$into"
      cp "$instance/trusted_root.json" "$into/"
    fi
  done
done

# The same image, by cosign itself: what it takes beside ours, for whoever reads the output.
timed() {
  local start end
  start=$(date +%s%N)
  "${@:2}" >/dev/null 2>"$WORK/timed" || { echo "  $1: status $?: $(tail -1 "$WORK/timed" | cut -c1-160)"; return; }
  end=$(date +%s%N)
  echo "  $1: $(((end - start) / 1000000)) ms"
}
if [ -x "$tools/cosign3" ]; then
  read -r kind port <<<"${registries[0]}"
  sed -i 's|evil/\*|acme/*|' "$WORK/tree/cosign3-$kind/images.toml"
  timed "cosign verify" "$tools/cosign3" verify --trusted-root "$instance/trusted_root.json" \
    --certificate-identity https://ci.example/acme/base --certificate-oidc-issuer https://token.example \
    "127.0.0.1:$port/shop/cosign3:1"
  timed "lock verify" "$LOCK" -C "$WORK/tree/cosign3-$kind" verify --only signatures
fi
