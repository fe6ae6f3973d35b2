# The console blocks of README.md and of each room's page do what they say.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"

cd "$SOURCE" || exit
for page in README.md */README.md */*/README.md; do
  grep -q '^```console$' "$page" && console_blocks "$SOURCE/$page" "$page"
done

# The table of commands in README.md is that of `lock --help`.
exits "lock --help" 0 "$LOCK" --help
# shellcheck disable=SC2016 # the backticks are Markdown
sed -n '/^Commands:$/,/^$/p' "$WORK/out" | sed -n 's/^  \([a-z]*\).*  \(.*\)$/| `\1` | \2 |/p' >"$WORK/help"
awk -v help="$WORK/help" '
  /^\| command \| job \|$/ { print; getline; print; while ((getline line < help) > 0) print line; inside = 1; next }
  inside && /^\|/ { next }
  { inside = 0; print }' README.md >"$WORK/README.md"
same "README.md has the commands that the program has, and what each is for" README.md "$WORK/README.md"
