# The console blocks of README.md and of each room's page do what they say.
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/console.sh
. "$SOURCE/tests/support/console.sh"

cd "$SOURCE" || exit
for page in README.md */README.md */*/README.md; do
  grep -q '^```console$' "$page" && console_blocks "$SOURCE/$page" "$page"
done
