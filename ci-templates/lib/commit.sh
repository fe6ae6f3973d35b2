#!/usr/bin/env bash
# Commits the images.lock files that `lock update` has changed, and nothing else, and pushes them to the branch of a pull
# request. Never with force: when the branch has moved meanwhile, the push fails, and the run for the newer commit does
# the work.
#
# In, from the process environment:
#   LOCK_BRANCH    where to push to: the branch of the pull request
#   LOCK_TOKEN     a token that may push, for https remotes; empty: as git is set up
#   LOCK_AUTHOR    "Name <address>"
# Out, to the file GITHUB_OUTPUT when there is one: changed (true or false).
set -euo pipefail

tell() { [ -z "${GITHUB_OUTPUT:-}" ] || printf 'changed=%s\n' "$1" >>"$GITHUB_OUTPUT"; }

[ -n "${LOCK_BRANCH:-}" ] || { echo "lock: no branch was given" >&2; exit 2; }
name=${LOCK_AUTHOR%% <*} address=${LOCK_AUTHOR##*<}
export GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=${address%>} GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=${address%>}

git add -A -- ':(top,glob)**/images.lock'
if git diff --cached --quiet; then
  echo "lock: images.lock has nothing to add"
  tell false
  exit 0
fi
# Dependabot goes on with a branch only when what others put on it says this.
git -c core.hooksPath=/dev/null commit --quiet --message 'Lock the images of this change' --message '[dependabot skip]'
if [ -n "${LOCK_TOKEN:-}" ]; then
  # Through the process environment: the token is in no argument list and in no file.
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader
  GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'x-access-token:%s' "$LOCK_TOKEN" | base64 --wrap=0)"
  export GIT_CONFIG_VALUE_0
fi
git -c core.hooksPath=/dev/null push --quiet origin "HEAD:refs/heads/$LOCK_BRANCH"
tell true
