# `lock update --rendered`, by the real binary: what `helm template` and operators show and no file of the tree names.
# shellcheck disable=SC2016,SC2034 # backticks in messages; layout.sh reads $layout
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

mkdir -p "$WORK/shop" && cd "$WORK/shop" || exit
git init -q . && git config user.email nobody@example.com && git config user.name nobody
layout=$WORK/shop/layout
for host in docker.io quay.io; do printf '[registry."%s"]\nlayout = "layout"\n' "$host"; done >images.toml
echo layout >.gitignore
tag_image docker.io/library/nginx:1 nginx
tag_image docker.io/bitnami/postgresql:16 postgresql
tag_image quay.io/acme/operator:3 operator
tag_image quay.io/acme/agent:3 agent
echo 'FROM nginx:1' >Dockerfile

# What helm template prints of a chart with a subchart, and of an operator that starts another image.
chart() {
  echo '---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "nginx:1"}]}}}
---
# Source: shop/charts/postgresql/templates/primary.yaml
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  template:
    spec:
      containers:
        - name: postgresql
          image: docker.io/bitnami/postgresql:16   # lock:ignore not ours'
}
operator() {
  echo '---
# Source: operator/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator}
spec:
  template:
    spec:
      containers:
        - name: operator
          image: quay.io/acme/operator:3
          env:
            - {name: RELATED_IMAGE_AGENT, value: "quay.io/acme/agent:3"}'
}
chart >"$WORK/chart.yaml"
mkdir "$WORK/ops" && operator >"$WORK/ops/operator.yaml"
cat "$WORK/chart.yaml" "$WORK/ops/operator.yaml" >"$WORK/all.yaml"

# fits NAME STATUS: the lock against what is rendered, once the digests are put in
fits() { exits "$1" "$2" sh -c "'$LOCK' apply '$WORK/all.yaml' | '$LOCK' verify --rendered -"; }

exits "an update of the tree alone" 0 "$LOCK" update
exits "does not hold what the chart brings" 1 "$LOCK" verify --rendered "$WORK/all.yaml"
exits "an update with files and folders" 0 "$LOCK" update --rendered "$WORK/chart.yaml" --rendered "$WORK/ops"
says "takes what only rendering shows" "+ docker.io/bitnami/postgresql:16 $(sed -n '/bitnami/{n;s/.*"\(sha256:.\{12\}\).*/\1/p}' images.lock) (rendered in $WORK/chart.yaml:17)"
says "and counts it" '3 changes, 4 images locked (3 of them by a rendering alone), 1 file written' "$WORK/err"
exits "says so in the lock, but for the image that the tree names" 0 sh -c '[ "$(grep -c "^origin = .rendered.$" images.lock)" = 3 ]'
fits "then everything fits" 0
exits "the tree still does" 0 "$LOCK" verify --offline
exits "and what is locked is there" 0 "$LOCK" verify
cp images.lock "$WORK/first.lock"
exits "by standard input" 0 sh -c "cat '$WORK/all.yaml' | '$LOCK' update --rendered -"
same "the same" "$WORK/first.lock" images.lock
exits "a plain update" 0 "$LOCK" update
same "keeps them" "$WORK/first.lock" images.lock
says "and says so" 'up to date: 4 images locked (3 of them by a rendering alone)' "$WORK/err"
exits "update --check" 0 "$LOCK" update --check
exits "update --check of a rendering that lacks some" 1 "$LOCK" update --check --rendered "$WORK/chart.yaml"
says "names them" '- quay.io/acme/operator:3'
exits "list marks them" 0 "$LOCK" list
says "each" '(only rendered)'
exits "why knows them" 0 "$LOCK" why quay.io/acme/operator
says "as rendered" 'images.lock: quay.io/acme/operator:3 (only rendered: taken from manifests by `lock update --rendered`)'
git add -A && git commit -qm "Lock"

echo 'FROM docker.io/bitnami/postgresql:16' >>Dockerfile
exits "a file names one of them" 0 "$LOCK" update
says "then it is the tree's" '(named in Dockerfile:2)'
exits "diff says so" 0 "$LOCK" diff
says "in words" 'there because of the tree, before of a rendering'
git checkout -q .

exits "a later rendering that lacks some" 0 "$LOCK" update --rendered "$WORK/chart.yaml"
says "drops them" '- quay.io/acme/operator:3'
says "with the reason" '(no rendering shows it any more)'
cp images.lock "$WORK/second.lock"

: >"$WORK/empty.yaml"
exits "an empty rendering" 2 "$LOCK" update --rendered "$WORK/empty.yaml"
echo 'Pulled: registry.example.com/charts/shop:1' >"$WORK/words.yaml"
exits "words instead of manifests" 2 "$LOCK" update --rendered "$WORK/words.yaml"
says "are told from one" 'nothing that was rendered is a manifest' "$WORK/err"
exits "verify refuses them as well" 2 "$LOCK" verify --rendered "$WORK/words.yaml"
head -c 300 "$WORK/chart.yaml" | tr -d '\n' >"$WORK/cut.yaml"
printf 'kind: [' >>"$WORK/cut.yaml"
exits "what cannot be parsed" 3 "$LOCK" update --rendered "$WORK/cut.yaml"
exits "as in verify" 3 sh -c "printf 'kind: [' | '$LOCK' verify --rendered -"
exits "a file that is not there" 2 "$LOCK" update --rendered "$WORK/none.yaml"
same "none of these touch the lock" "$WORK/second.lock" images.lock
