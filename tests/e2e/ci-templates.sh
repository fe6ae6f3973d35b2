# The templates of ci-templates/ with the real program: for the exit statuses 0, 1, 2 and 3 the right outputs, and no
# green on 3. The composite action and the workflow run in tests/support/ci/runner.mjs, the GitLab file in
# gitlab-ci-local, which copies with rsync; both come from npm and are skipped, visibly, where there is no Node.
# time limit: 300 s
# sanitizers: no
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"
need node npm rsync

tools=$SOURCE/build/ci-templates
mkdir -p "$tools"
if ! cmp -s "$SOURCE/tests/support/ci/package.json" "$tools/installed.json"; then
  cp "$SOURCE/tests/support/ci/package.json" "$tools/"
  if ! (cd "$tools" && npm install --ignore-scripts --no-package-lock --no-audit --no-fund) >"$WORK/npm" 2>&1; then
    skip ci-templates "npm cannot install what runs them: $(tail -1 "$WORK/npm")"
    exit 0
  fi
  cp "$tools/package.json" "$tools/installed.json"
fi
cp "$SOURCE"/tests/support/ci/*.mjs "$tools/"
export RUNNER_REPOSITORY=$SOURCE

exits "the templates keep their contract, and the README says what the files say" 0 \
  node "$tools/contract.mjs" "$SOURCE/ci-templates"
[ -x "$LOCK" ] || { not_ok "there is no program at $LOCK"; exit 1; }

# field JSON-FILE PATH…: one value of a JSON document.
field() { node -e 'let v = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")); for (const k of process.argv.slice(2)) v = v?.[k]; console.log(v ?? "")' "$@"; }

# A shop with a fresh lock, committed. One image comes from a registry on a closed port: the layout stands in for it,
# until the test says otherwise.
playground "$WORK/play"
cd "$WORK/play/monorepo" || exit
git() { command git -c protocol.file.allow=always "$@"; }
sed -i '/shop-assets:2.3.1/{p;s|ghcr.io/acme/shop-assets|127.0.0.1:9/acme/tool|}' ../registry/index.json
printf '[registry."127.0.0.1:9"]\nlayout = "../registry"\n' >>images.toml
echo 'FROM 127.0.0.1:9/acme/tool:2.3.1' >services/worker/Dockerfile.tool
run "$LOCK" update
[ "$status" -eq 0 ] || { not_ok "update in the example monorepo"; cat "$WORK/err"; exit 1; }
git add -A && git commit -q -m "Lock our images"

# action NAME CONCLUSION EXIT STATUS [INPUT=VALUE…]
action() {
  local name=$1 conclusion=$2 code=$3 status=$4
  shift 4
  node "$tools/runner.mjs" action "$SOURCE/ci-templates/github" "$@" >"$WORK/result" 2>"$WORK/err"
  local got
  got="$(field "$WORK/result" conclusion) $(field "$WORK/result" outputs exit-code) $(field "$WORK/result" outputs status)"
  if [ "$got" = "$conclusion $code $status" ]; then ok "action: $name"; else
    not_ok "action: $name"
    echo "  wanted: $conclusion $code $status, got: $got"
    sed 's/^/  | /' "$WORK/result" "$WORK/err" | head -40
  fi
}

# job NAME JOB EXIT STATUS [INPUT=VALUE…]: the workflow's own job, step by step.
job() {
  local name=$1 which=$2 code=$3 status=$4
  shift 4
  node "$tools/runner.mjs" job "$SOURCE/ci-templates/github/lock-verify.yml" "$which" "$@" >"$WORK/result" 2>"$WORK/err"
  local got
  got="$(field "$WORK/result" exit) $(field "$WORK/result" outputs status)"
  if [ "$got" = "$code $status" ]; then ok "workflow: $name"; else
    not_ok "workflow: $name"
    echo "  wanted: $code $status, got: $got"
    sed 's/^/  | /' "$WORK/result" "$WORK/err" | head -60
  fi
}

# gitlab NAME JOB EXIT STATUS: the GitLab file; the line of the job counts, not the status of the pipeline alone.
gitlab() {
  local name=$1 which=$2 code=$3 status=$4 word=PASS
  [ "$code" -eq 0 ] || word=FAIL
  rm -f lock.env
  (cd "$WORK/play/monorepo" && timeout 60 "$tools/node_modules/.bin/gitlab-ci-local" --shell-executor-no-image \
    --force-shell-executor --no-artifacts-to-source --variable "CI_PIPELINE_SOURCE=merge_request_event" \
    "$which") >"$WORK/gitlab" 2>&1
  local told
  told=$(find .gitlab-ci-local/artifacts -name lock.env -newer "$WORK/marker" -exec cat {} + 2>/dev/null | tr '\n' ' ')
  if sed 's/\x1b\[[0-9;]*m//g' "$WORK/gitlab" | grep -qE "^ *$word  *$which" &&
    [ "$told" = "LOCK_STATUS=$status LOCK_EXIT_CODE=$code " ]; then
    ok "gitlab: $name"
  else
    not_ok "gitlab: $name"
    echo "  wanted: $word $which, status $status, exit $code; the dotenv report says: $told"
    sed 's/^/  | /' "$WORK/gitlab" | tail -40
  fi
}

# each NAME EXIT STATUS: `verify` through all three.
each() {
  local conclusion=success
  [ "$2" -eq 0 ] || conclusion=failure
  action "verify, $1" "$conclusion" "$2" "$3" path="$LOCK" command=verify
  job "pull request, $1" pull-request "$2" "$3" path="$LOCK"
  touch "$WORK/marker"
  gitlab "merge request, $1" lock:verify "$2" "$3"
}

mkdir -p ci-templates/gitlab
cp "$SOURCE/ci-templates/gitlab/lock.yml" ci-templates/gitlab/
cat >.gitlab-ci.yml <<YAML
include:
  - local: ci-templates/gitlab/lock.yml
    inputs:
      path: $LOCK
      rendered: deploy/rendered/prod.yaml
YAML
echo .gitlab-ci-local >.gitignore
git add -A && git commit -q -m "Ask in every pipeline"

each "all is well" 0 ok
action "reports, summary, arguments one a line" success 0 ok path="$LOCK" command=verify summary=true \
  args=$'--rendered\ndeploy/rendered/prod.yaml' report="json=$WORK/more report.json"
if grep -q '"schema"' "$WORK/more report.json" && [ "$(field "$WORK/result" summary | head -1)" = "### lock verify: ok" ]; then
  ok "action: the other report and the summary are there"
else
  not_ok "action: the other report and the summary are there"
fi

VARS_LOCK_PATH=$LOCK job "pull request, with what the change does in the summary" pull-request 0 ok event=pull_request
if [ "$(field "$WORK/result" summary | head -1)" = "### lock diff: ok" ]; then
  ok "workflow: the summary begins with the difference"
else
  not_ok "workflow: the summary begins with the difference"
fi

# 1: an image that nobody locked.
printf 'FROM redis:7.4-alpine\nFROM busybox:1.36\n' >services/worker/Dockerfile
each "an image that is not locked" 1 failed
git checkout -q . && rm services/worker/Dockerfile

# 2: a key that nobody knows.
sed -i '1i platform = ["linux/amd64"]' images.toml
each "a wrong key in images.toml" 2 error
git checkout -q .

# 3: a registry that is not there.
sed -i '/^\[registry."127.0.0.1:9"\]$/,$ s|^layout.*|plain-http = true|' images.toml
rm -rf "$LOCK_CACHE"
each "the registry is away" 3 undetermined
action "verify, the registry is away, and that is only told" success 3 undetermined path="$LOCK" command=verify \
  fail-on-undetermined=false
git checkout -q .

# The deploy stage.
job "deploy, all is well" deploy 0 ok path="$LOCK" stage=deploy rendered=deploy/rendered
sed -i 's|shop-web:1.8.0@sha256:.*|shop-web:1.8.1|' deploy/rendered/prod.yaml
job "deploy, another image" deploy 1 failed path="$LOCK" stage=deploy rendered=deploy/rendered
touch "$WORK/marker"
gitlab "deploy, another image" lock:deploy 1 failed
git checkout -q .

# A bot's pull request gets its lock: one commit beside the bot's, with the lock alone, on the bot's branch.
sed -i '/golang:1.24-bookworm/{p;s|golang:1.24-bookworm|golang:1.25-bookworm|}' ../registry/index.json
mkdir -p ci-templates/lib && cp "$SOURCE/ci-templates/lib/commit.sh" ci-templates/lib/
sed -i 's|shop-web:1.8.1|shop-web:1.8.0|' deploy/rendered/prod.yaml
git add -A && git commit -q -m "Complete the pull requests of bots"
git init -q --bare "$WORK/origin.git" && git remote add origin "$WORK/origin.git"
git checkout -q -b renovate/golang
sed -i 's|^ARG GO_VERSION=1.24|ARG GO_VERSION=1.25|' services/api/Dockerfile
git -c user.name='renovate[bot]' -c user.email=29139614+renovate[bot]@users.noreply.github.com \
  commit -q -a -m "Update golang Docker tag to v1.25" && git push -q origin renovate/golang
cat .git/config >"$WORK/config"
# bot NAME EXIT STATUS CHANGED AUTHOR [HEAD-REPOSITORY]
bot() {
  export RUNNER_GITHUB="{\"repository\":\"acme/shop\",\"head_ref\":\"renovate/golang\",\"token\":\"\",\"event\":
    {\"pull_request\":{\"user\":{\"login\":\"$5\"},\"head\":{\"sha\":\"x\",\"repo\":{\"full_name\":\"${6:-acme/shop}\"}}}}}"
  VARS_LOCK_PATH=$LOCK node "$tools/runner.mjs" job "$SOURCE/ci-templates/github/lock-bot.yml" update event=pull_request \
    >"$WORK/result" 2>"$WORK/err"
  local got
  got="$(field "$WORK/result" exit) $(field "$WORK/result" outputs status) $(field "$WORK/result" outputs changed)"
  if [ "$got" = "$2 $3 $4" ]; then ok "bot: $1"; else
    not_ok "bot: $1"
    echo "  wanted: $2 $3 $4, got: $got"
    sed 's/^/  | /' "$WORK/result" "$WORK/err" | head -60
  fi
}
bot "a person's pull request is left alone" 0 "" "" renovate
bot "a fork's too" 0 "" "" 'renovate[bot]' mallory/shop
bot "a new tag is locked in the same pull request" 0 ok true 'renovate[bot]'
if [ "$(git -C "$WORK/origin.git" show --format=%an%n%s --name-only renovate/golang | grep . | tr '\n' '|')" = \
  "lock|Lock the images of this change|images.lock|" ]; then
  ok "bot: the commit holds the lock alone, and its author is not the bot"
else
  not_ok "bot: the commit holds the lock alone, and its author is not the bot"
  git -C "$WORK/origin.git" show --stat renovate/golang
fi
git -C "$WORK/origin.git" log --format=%B -1 renovate/golang >"$WORK/message"
says "bot: Dependabot may go on with the branch" "[dependabot skip]" "$WORK/message"
exits "bot: the branch is what a pull request must be" 0 "$LOCK" verify --offline
bot "nothing is left to lock" 0 ok false 'renovate[bot]'
echo 'FROM ghcr.io/acme/absent:1' >>services/worker/Dockerfile.tool && git commit -q -a -m "A tag that nobody has"
bot "a tag that the registry does not have fails, and nothing is committed" 1 failed "" 'renovate[bot]'
exits "bot: nothing but the branch was touched" 0 cmp .git/config "$WORK/config"
git checkout -q - && unset RUNNER_GITHUB

# A downloaded program is run only when its bytes are those that were asked for.
sum=$(sha256sum "$LOCK" | cut -d' ' -f1)
mkdir -p "$WORK/www" && cp "$LOCK" "$WORK/www/lock"
port=$(free_port)
if command -v python3 >/dev/null; then
  (cd "$WORK/www" && exec python3 -m http.server --bind 127.0.0.1 "$port") >"$WORK/www.log" 2>&1 &
  servers+=($!)
  wait_for "$port"
  action "a downloaded program with the right SHA-256" success 0 ok url="http://127.0.0.1:$port/lock" sha256="$sum" command=verify
  action "a downloaded program with another SHA-256" failure 2 error url="http://127.0.0.1:$port/lock" \
    sha256="$(printf '%064d' 0)" command=verify
  action "a downloaded program without a SHA-256" failure 2 error url="http://127.0.0.1:$port/lock" command=verify
else
  skip "action: a downloaded program" "there is no python3 to serve it"
fi
