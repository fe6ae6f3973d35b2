# The sources are formatted, the scripts are clean, and the top level holds what it may.
# sanitizers: no
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
cd "$SOURCE" || exit

sources() { find cli lockfile resolver tests -name '*.[ch]pp' -not -path '*/cases/*' | LC_ALL=C sort; }

if command -v clang-format-19 >/dev/null; then
  sources | tr '\n' '\0' >"$WORK/sources"
  exits "every source is formatted as .clang-format says" 0 \
    xargs -0 -a "$WORK/sources" clang-format-19 --dry-run --Werror
else
  skip "formatting" "there is no clang-format-19 here"
fi

if command -v shellcheck >/dev/null; then
  find .ci examples tests ci-templates -not -path '*/cases/*' -type f -exec grep -lE -m1 '^#!.*sh$' {} + >"$WORK/scripts"
  find tests/e2e tests/support -name '*.sh' >>"$WORK/scripts"
  sort -u "$WORK/scripts" | tr '\n' '\0' >"$WORK/scripts0"
  exits "every script is clean for shellcheck" 0 xargs -0 -a "$WORK/scripts0" shellcheck -x -s bash -e SC1091
else
  skip "shellcheck" "there is no shellcheck here"
fi

allowed='^(CMakeLists.txt|CMakePresets.json|README.md|LICENSE|CHANGELOG.md|cli|lockfile|resolver|ci-templates|examples|tests)$'
if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
  git ls-files | cut -d/ -f1 | sort -u | grep -v '^\.' | grep -vE "$allowed" >"$WORK/strange"
  exits "the top level holds the rooms and little else" 1 grep . "$WORK/strange"
else
  skip "top level" "this is not a git checkout"
fi
