# Exported files with the tools that read them: accepted, and in effect. The oracles are small Go programs around
# Kustomize's, Compose's and BuildKit's own code.
# time limit: 600 s
# sanitizers: no
# shellcheck disable=SC2016,SC2154 # text for other programs; layout_tags is of layout.sh
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

layout=$WORK/layout tree=$WORK/tree
mkdir -p "$tree/deploy/base" "$tree/deploy/overlay" "$tree/app" "$tree/chart/templates"
lock() { "$LOCK" -C "$tree" "$@"; }

for image in docker.io/library/nginx:1.25 docker.io/library/nginx:1.27 docker.io/library/nginx:latest \
  docker.io/library/postgres:16 docker.io/library/golang:1.24 docker.io/docker/dockerfile:1 docker.io/acme/app:2 \
  docker.io/acme/tool:1 docker.io/acme/data:5 docker.io/acme/agent:3; do
  tag_image "$image" "$image"
done
digest_of() { sed -n "s/.*\"digest\":\"\(sha256:[0-9a-f]*\)\",\"size\":[0-9]*/\1/p" <<<"${layout_tags[$1]}"; }

printf '[registry."docker.io"]\nlayout = "%s"\n' "$layout" >"$tree/images.toml"
cat >"$tree/deploy/base/web.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers:
        - {name: init, image: "acme/tool:1"}
      containers:
        - {name: old, image: "nginx:1.25"}
        - {name: new, image: "nginx:1.27"}
        - {name: bare, image: nginx}
      ephemeralContainers:
        - {name: debug, image: "acme/agent:3"}
      volumes:
        - {name: data, image: {reference: "acme/data:5"}}
END
printf 'resources: [web.yaml]\n' >"$tree/deploy/base/kustomization.yaml"
printf 'resources: [../base]\ncomponents: [../../../locked]\n' >"$tree/deploy/overlay/kustomization.yaml"
cat >"$tree/compose.yaml" <<'END'
services:
  web: &web
    image: nginx:1.27
    volumes:
      - {type: bind, source: ., target: /srv}
  copy:
    <<: *web
  child:
    extends: web
  db:
    image: ${DB:-postgres:16}
END
printf '# syntax=docker/dockerfile:1\nARG GO=1.24\nFROM golang:${GO}\nCOPY --from=acme/tool:1 / /\n' >"$tree/app/Dockerfile"
cat >"$tree/chart/values.yaml" <<'END'
image:
  repository: docker.io/acme/app
  tag: "2"
agent:
  image: {repository: docker.io/acme/agent, tag: "3", digest: ""}
END
printf 'apiVersion: v2\nname: app\nversion: 0.1.0\n' >"$tree/chart/Chart.yaml"
lock update >"$WORK/update" 2>&1 || { cat "$WORK/update"; not_ok "update"; }

exits "a component" 0 lock export kustomize --output "$WORK/locked.yaml" deploy
says "says what Kustomize cannot change" "acme/agent:3: Kustomize changes images of containers only"
exits "an override" 0 lock export compose --output "$WORK/override.yaml"
says "says how many images" "4 images in $WORK/override.yaml"
exits "a policy" 0 lock export buildkit-policy
cp "$WORK/out" "$WORK/policy.json"
exits "values" 0 lock export helm-values
cp "$WORK/out" "$WORK/values.yaml"
exits "a report has the text" 0 lock export compose --report json
says "as a string" '"text":"# Written by `lock export compose`'
exits "the sources are what they were" 0 lock verify --offline

oracles=$SOURCE/tests/support/oracles
export GOPATH=$SOURCE/build/go GOCACHE=$SOURCE/build/go/cache GOFLAGS="-mod=readonly -modcacherw" GOTOOLCHAIN=local
# oracle NAME: builds it; sets $oracle; says why it is skipped otherwise.
oracle() {
  oracle=$SOURCE/build/go/$1-oracle
  command -v go >/dev/null || { skip "$1 reads what is exported: there is no Go here"; return 1; }
  (cd "$oracles/$1" && timeout 170 go build -o "$oracle" .) >"$WORK/build.log" 2>&1 && return
  tail -3 "$WORK/build.log"
  skip "$1 reads what is exported: it cannot be built here"
  return 1
}
# found NAME TEXT: the last output has this line.
found() { if grep -qxF -- "$2" "$WORK/out"; then ok "$1"; else not_ok "$1" && echo "  wanted $2" && sed 's/^/  | /' "$WORK/out" "$WORK/err"; fi; }

if oracle kustomize; then
  mkdir -p "$WORK/locked" && cp "$WORK/locked.yaml" "$WORK/locked/kustomization.yaml"
  exits "Kustomize accepts the component" 0 "$oracle" "$tree/deploy/overlay"
  sed -i 's/^[ -]*\(image\|reference\): /\1 /' "$WORK/out"
  found "a tag of a name gets its digest" "image nginx:1.25@$(digest_of docker.io/library/nginx:1.25)"
  found "another tag of the name gets its own" "image nginx:1.27@$(digest_of docker.io/library/nginx:1.27)"
  found "a name without a tag too" "image nginx:latest@$(digest_of docker.io/library/nginx:latest)"
  found "an init container" "image acme/tool:1@$(digest_of docker.io/acme/tool:1)"
  found "an image volume" "reference acme/data:5@$(digest_of docker.io/acme/data:5)"
  found "what was said to be left is left" "image acme/agent:3"
  cp "$WORK/out" "$WORK/rendered"
  "$oracle" "$tree/deploy/overlay" | sed '/ephemeralContainers/,/name: debug/d' >"$WORK/rendered.yaml"
  exits "what Kustomize renders is what is locked" 0 lock verify --rendered "$WORK/rendered.yaml"
fi

if oracle compose; then
  exits "Compose accepts the override" 0 "$oracle" "$tree/compose.yaml" "$WORK/override.yaml"
  for service in web copy child; do
    found "service $service uses the locked image" "$service nginx:1.27@$(digest_of docker.io/library/nginx:1.27)"
  done
  found "and one from a variable" "db postgres:16@$(digest_of docker.io/library/postgres:16)"
fi

if oracle buildkit-policy; then
  source() { echo "docker-image://docker.io/$1"; }
  exits "BuildKit's engine accepts the policy" 0 "$oracle" "$WORK/policy.json" "$(source library/golang:1.24)" \
    "$(source acme/tool:1)" "$(source docker/dockerfile:1)" "$(source library/golang:1.2)" \
    "$(source library/golang:1.24@sha256:0)" "$(source library/nginx:1.27)"
  for image in library/golang:1.24 acme/tool:1 docker/dockerfile:1; do
    found "a build takes the locked $image" "$(source $image) $(source "$image@$(digest_of docker.io/$image)")"
  done
  found "another tag is what it was" "$(source library/golang:1.2) $(source library/golang:1.2)"
  found "a digest of its own stays" "$(source library/golang:1.24@sha256:0) $(source library/golang:1.24@sha256:0)"
  found "what no build pulls is not in it" "$(source library/nginx:1.27) $(source library/nginx:1.27)"
fi

# Helm itself renders where it is there; else the values alone are looked at.
cat >"$WORK/expected.yaml" <<END
# Written by \`lock export helm-values\`. Give it after the other files: helm template -f FILE
agent:
  image:
    digest: "$(digest_of docker.io/acme/agent:3)"
image:
  tag: "2@$(digest_of docker.io/acme/app:2)"
END
same "the values have the digest where the chart has a key for it" "$WORK/expected.yaml" "$WORK/values.yaml"
if command -v helm >/dev/null; then
  printf 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n' >"$tree/chart/templates/app.yaml"
  exits "Helm accepts the values" 0 helm template "$tree/chart" -f "$WORK/values.yaml"
  says "and renders the locked image" "docker.io/acme/app:2@$(digest_of docker.io/acme/app:2)"
else
  skip "Helm renders with the exported values" "there is no helm here"
fi
