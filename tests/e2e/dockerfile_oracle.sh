# The Dockerfile collector beside BuildKit's own parser: over every golden case, and over random files.
# time limit: 300 s
. "$SOURCE/tests/support/e2e.sh"

name="dockerfile collector agrees with BuildKit's parser"
tests=$(dirname "$LOCK")/tests/lock_tests
if ! command -v go >/dev/null; then
  echo "skip $name: there is no Go here"
  exit 0
fi
[ -x "$tests" ] || { echo "skip $name: there is no $tests"; exit 0; }
export GOPATH=$SOURCE/build/go GOCACHE=$SOURCE/build/go/cache GOFLAGS="-mod=readonly -modcacherw" GOTOOLCHAIN=local
oracle=$SOURCE/build/go/dockerfile-oracle
if ! (cd "$SOURCE/tests/support/oracles/dockerfile" && timeout 150 go build -o "$oracle" .) >"$WORK/build.log" 2>&1; then
  tail -5 "$WORK/build.log"
  echo "skip $name: its parser cannot be built here"
  exit 0
fi
for seed in 1 2 3; do
  if (cd "$SOURCE" && LOCK_DOCKERFILE_ORACLE=$oracle LOCK_SEED=$seed "$tests" --gtest_filter='DockerfileOracle.*' \
    --gtest_brief=1) >"$WORK/log" 2>&1; then
    grep 'references' "$WORK/log"
    echo "ok $name, seed $seed"
  else
    cat "$WORK/log"
    not_ok "$name, seed $seed"
  fi
done
