# `[[collect]]` by the real binary: what a rule finds is scanned, locked, verified, explained and pinned.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"

playground "$WORK/play"
cd "$WORK/play/monorepo" || exit
mkdir -p ci docs/none team
cat >>images.toml <<'END'
[[collect]]
files = ["ci/*.sh", "**/versions.mk"]
pattern = '^IMAGE_?\w* *= *(?P<image>[^\s#]+)'
END
echo 'IMAGE=redis:7.4-alpine' >ci/test.sh
printf 'IMAGE_A = nginx:1.27-alpine\r\nIMAGE_B = redis:7.4-alpine # lock:ignore on one machine\r\nIMAGE_C = %s:1' "\$(BASE)" >team/versions.mk
cat >team/images.toml <<'END'
[[collect]]
files = ["inner.txt"]
pattern = '(?P<image>redis\S+)'
END
printf 'redis:7.4-alpine' >team/inner.txt
git add . && git commit -qm "Images in scripts"

exits "scan" 0 "$LOCK" scan
says "finds the image of a script" 'ci/test.sh:1:7'
exits "scan as JSON" 0 "$LOCK" scan --report json ci team
says "as an occurrence like any other" '"reference":"redis:7.4-alpine","canonical":"docker.io/library/redis:7.4-alpine","file":"ci/test.sh","line":1,"column":7,"format":"pattern"'
says "a rule of the outer scope holds in the inner one" '"file":"team/versions.mk","line":1'
says "with what is ignored" '"reason":"on one machine"'
says "and what is unresolved" "the tree gives no value for \$(BASE)"
says "and the inner scope's own rule" '"file":"team/inner.txt"'
exits "update" 0 "$LOCK" update
exits "verify" 0 "$LOCK" verify --offline
exits "why" 0 "$LOCK" why redis:7.4-alpine
says "names the script" 'ci/test.sh:1:7'
git add . && git commit -qm "Lock"
exits "pin" 0 "$LOCK" pin ci team
exits "the script is pinned" 0 grep -q '^IMAGE=redis:7.4-alpine@sha256:[0-9a-f]\{64\}$' ci/test.sh
exits "so is what the inner scope's rule finds" 0 grep -q '^redis:7.4-alpine@sha256:[0-9a-f]\{64\}$' team/inner.txt
exits "the lock still fits" 0 "$LOCK" verify --offline
exits "unpin" 0 "$LOCK" unpin ci team
exits "every byte is back" 0 git diff --exit-code --stat

# What is rendered has no path: a rule holds there when a glob of it ends as manifests do.
cat >"$WORK/rendered.yaml" <<'END'
apiVersion: runners.example.com/v1
kind: Runner
metadata: {name: one}
spec:
  runs: redis:7.4-alpine # the field of an operator
END
with_rule() { # GLOB: images.toml with a rule for the field
  git checkout -q images.toml
  printf '[[collect]]\nfiles = ["%s"]\npattern = "runs: (?P<image>\\\\S+)"\n' "$1" >>images.toml
}
exits "a field that no rule knows is not seen" 0 "$LOCK" verify --rendered "$WORK/rendered.yaml"
with_rule "deploy/**/*.yaml"
exits "with a rule for manifests it must carry its digest" 1 "$LOCK" verify --rendered "$WORK/rendered.yaml"
says "in its line" 'rendered.yaml:5:9: error: redis:7.4-alpine carries no digest [unpinned-image]'
piped() { "$LOCK" verify --rendered - <"$1"; }
exits "of standard input too" 1 piped "$WORK/rendered.yaml"
says "with the line and the caret" '  |   runs: redis:7.4-alpine # the field of an operator'
exits "apply writes the digest" 0 "$LOCK" apply "$WORK/rendered.yaml"
cp "$WORK/out" "$WORK/applied.yaml"
exits "and nothing else" 0 test "$(sed 's/@sha256:[0-9a-f]*//' "$WORK/applied.yaml")" = "$(cat "$WORK/rendered.yaml")"
exits "which passes" 0 piped "$WORK/applied.yaml"
with_rule "deploy/**"
exits "a rule that only might cover manifests" 0 "$LOCK" verify --rendered "$WORK/rendered.yaml"
says "warns" 'possible-image'
exits "and apply leaves it" 0 "$LOCK" apply "$WORK/rendered.yaml"
cp "$WORK/out" "$WORK/applied.yaml"
exits "byte for byte" 0 cmp "$WORK/applied.yaml" "$WORK/rendered.yaml"
with_rule "*.sh"
exits "a rule for other files has no say" 0 "$LOCK" verify --rendered "$WORK/rendered.yaml"
git checkout -q images.toml

if [ -n "${LOCK_ALL-}" ]; then
  yes 'xx the quick brown fox jumps over the lazy dog' | head -c 8000000 >ci/large.txt
  printf '[[collect]]\nfiles = ["ci/large.txt"]\npattern = "(?s)(?P<image>x.*y!|x)"\n' >>images.toml
  exits "a hostile pattern ends" 3 "$LOCK" scan ci
  says "aloud" 'takes more than two seconds of processor time here'
  rm ci/large.txt
  git checkout -q images.toml
fi

echo 'NAME=redis:7.4-alpine' >ci/test.sh
line=$(grep -n '^\[\[collect' images.toml | cut -d: -f1)
git rm -q team/versions.mk
exits "a rule that finds nothing" 1 "$LOCK" verify --offline
says "is said, with its line" "images.toml:$line:1: warning: the pattern matches nothing in 1 file"
says "and a glob without a file" "images.toml:$line:1: warning: no file matches '**/versions.mk'"
exits "not when only a part is looked at" 0 "$LOCK" scan docs
exits "nothing is said then" 1 grep -q collect-unmatched "$WORK/out" "$WORK/err"
echo '' >team/inner.txt
exits "a file that a rule names" 0 "$LOCK" scan
says "and that holds no match" 'the pattern matches nothing in team/inner.txt'
printf '[[collect]]\nfiles = ["a"]\npattern = "(?P<image>["\n' >>team/images.toml
exits "a bad pattern" 2 "$LOCK" scan
says "has its line" 'team/images.toml:6:11: error: not a pattern of RE2: missing ]: ['
