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
