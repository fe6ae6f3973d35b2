# `lock merge` under real git: as merge driver, and mending what git left unmerged; 40 pairs of branches, with LOCK_ALL=1
# 200.
# time limit: 600 s
# sanitizers: no
# shellcheck disable=SC2016,SC2154 # backticks in messages; layout.sh sets $layer
# shellcheck source=../support/e2e.sh
. "$SOURCE/tests/support/e2e.sh"
# shellcheck source=../support/layout.sh
. "$SOURCE/tests/support/layout.sh"

layout=$WORK/layout repo=$WORK/repo
need git openssl sha256sum

git() { command git -C "$repo" -c advice.detachedHead=false -c init.defaultBranch=base "$@"; }
lock() { "$LOCK" -C "$repo" "$@"; }
update() { lock update "$@" >"$WORK/update" 2>&1 || { cat "$WORK/update"; echo "not ok update in merge.sh"; }; }
commit() { git add -A && git commit -q --allow-empty -m "$1"; }
# The lines of README.md, with `lock` on the PATH.
mkdir "$WORK/bin" && ln -s "$LOCK" "$WORK/bin/lock"
PATH=$WORK/bin:$PATH
attributes=$(sed -n 's/^images.lock merge=lock$/&/p' "$SOURCE/README.md")
configure=$(sed -n 's/^git config merge.lock.driver "\(.*\)"$/\1/p' "$SOURCE/README.md")
if [ -z "$attributes" ] || [ -z "$configure" ]; then not_ok "README.md has the lines for git"; fi
with_driver() {
  git config merge.lock.driver "$configure"
  echo "$attributes" >"$repo/.git/info/attributes"
}
without_driver() { rm -f "$repo/.git/info/attributes"; }

# name NAME PLACE…: these places name the image, each in a file of its own.
name() {
  local place image=$1
  shift
  for place in "$@"; do
    mkdir -p "$repo/$place"
    echo "FROM docker.io/library/$image:1" >"$repo/$place/Dockerfile"
  done
}

# start IMAGE…: a fresh repository that names these, with its lock, on the branch `base`.
start() {
  local one
  rm -rf "$repo" "$layout" && mkdir -p "$repo"
  layout_tags=()
  git init -q
  printf '[registry."docker.io"]\nlayout = "%s"\n' "$layout" >"$repo/images.toml"
  for one in "$@"; do
    tag_image "docker.io/library/$one:1" "$one"
    name "$one" "$one"
  done
  update
  commit base
}

# move IMAGE SALT: the tag moves, and the lock takes the new digest.
move() {
  tag_image "docker.io/library/$1:1" "$2"
  update "$1:1"
}

# --- one of each, with what is said

start alpha beta
git checkout -qb ours
move alpha ours && commit ours
git checkout -q base && git checkout -qb theirs
move alpha theirs && commit theirs
with_driver
git checkout -q ours
exits "git stops where both sides moved one image" 1 git merge theirs
says "the driver names what mends it" 'run `lock merge --resolve images.lock`'
exits "a lock with markers is refused" 1 lock verify --offline
says "and names the same command" 'run `lock merge --resolve images.lock`'
exits "the marked entry alone is between markers" 0 grep -c '^reference = "docker.io/library/beta:1"' "$repo/images.lock"
tag_image docker.io/library/alpha:1 third
exits "--resolve asks the registry" 0 lock merge --resolve
says "and takes what the tag says now" "sha256:${image:7:12} (the tag moved)"
says "and says what is left to do" "next: \`git add\` it"
cp "$repo/images.lock" "$WORK/resolved"
rm "$repo/images.lock" && update
same "a fresh update writes the same" "$repo/images.lock" "$WORK/resolved"
commit merged
exits "without a conflict there is nothing to mend" 2 lock merge --resolve
says "which is said" "git's index holds no conflict of an images.lock"

git checkout -q ours && git reset -q --hard HEAD~1
echo "FROM docker.io/library/beta:1 AS ours" >"$repo/beta/Dockerfile" && commit "ours edits"
git checkout -q theirs
echo "FROM docker.io/library/beta:1 AS theirs" >"$repo/beta/Dockerfile" && commit "theirs edits"
git checkout -q ours && git merge -q theirs >/dev/null 2>&1
exits "a source that is not merged yet comes first" 2 lock merge --resolve images.lock
says "and is named" "not merged yet: beta/Dockerfile"
name beta beta && git add beta
exits "then the lock" 0 lock merge --resolve images.lock
git add -A
exits "a merge that is done is one" 0 git commit -qm merged

start alpha beta gamma
git checkout -qb ours
tag_image docker.io/library/bravo:1 bravo
name bravo bravo && update && commit bravo
git checkout -q base && git checkout -qb theirs
tag_image docker.io/library/bronze:1 bronze
name bronze bronze && update && commit bronze
with_driver
exits "neighbours merge in a rebase" 0 git rebase ours
exits "and the lock is that of the tree" 0 lock verify --offline
git checkout -q ours
exits "and in a cherry-pick" 0 git cherry-pick theirs
exits "and the lock is that of the tree there" 0 lock verify --offline
sed -i 's/^seal = "./seal = "x/' "$repo/images.lock" && git commit -qam broken
git checkout -q base && git checkout -qb other
tag_image docker.io/library/delta:1 delta
name delta delta && update && commit delta
exits "a side with a broken seal is not merged" 1 git merge ours
says "and is named" "theirs is no sound lock"
exits "nothing of it counts" 1 lock verify --offline

# --- pairs of branches, made up: git alone is right or is caught; with the driver each ends as a fresh update

pairs=${LOCK_PAIRS:-$([ -n "${LOCK_ALL:-}" ] && echo 200 || echo 40)}
RANDOM=${LOCK_SEED:-1124}
images=(ant bee cat dog eel fox gnu hen)
declare -A alone=() driven=() wrong=()
openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/ours.pem" 2>/dev/null
start "${images[@]}"
openssl ec -in "$WORK/ours.pem" -pubout -out "$repo/ours.pub" 2>/dev/null
printf '[signer.ours]\nkind = "cosign-key"\nkey = "ours.pub"\nlog = false\n' >>"$repo/images.toml"
update && commit keys
declare -A digest_of=()
for image in "${images[@]}"; do
  digest_of[$image]=$(sed -n "/library\/$image:1\"/{n;s/.*\"\(.*\)\"/\1/p}" "$repo/images.lock")
done
cp "$layout/index.json" "$WORK/index.json"
# shellcheck disable=SC2090
tags=$(declare -p layout_tags)

# One side of a pair of this kind, on the branch that is checked out; $1 is its name.
side_of_additions() { # beside the same image, or anywhere
  local new=$victim-$1
  [ $((RANDOM % 2)) -gt 0 ] || new=${images[RANDOM % ${#images[@]}]}-$1
  tag_image "docker.io/library/$new:1" "$new"
  name "$new" "$new"
  update
}
side_of_moved() { move "$victim" "$1"; }
side_of_removed() {
  if [ "$1" = "$mover" ]; then
    [ $((RANDOM % 4)) -eq 0 ] || move "$victim" moved
    [ $((RANDOM % 3)) -gt 0 ] || name "$victim" again
  else
    rm -r "${repo:?}/$victim"
  fi
  update
}

# Signer against digest: one side records who signed the locked digest, and now and then adopts a rule that asks for it;
# the other side moves the digest, which is signed too: before the lock takes it, or after.
side_of_signed() {
  repository=docker.io/library/$victim
  if [ "$1" = "$mover" ]; then
    tag_image "$repository:1" moved
    local late=$((RANDOM % 2)) moved=$image
    [ $late -gt 0 ] || sign "$moved"
    update "$victim:1"
    [ $late -eq 0 ] || sign "$moved"
  else
    sign "${digest_of[$victim]}"
    [ $((RANDOM % 2)) -gt 0 ] ||
      printf '[[rule]]\nimages = ["docker.io/library/%s"]\nsigners = ["ours"]\n' "$victim" >>"$repo/images.toml"
    tag_image "$repository:1" "$victim"
    update "$victim:1"
  fi
}
sign() { layer "$WORK/ours.pem" "$(payload "$1")" && attach "$1" "$layer"; }

for ((pair = 0; pair < pairs; pair++)); do
  kinds=(additions moved removed signed)
  kind=${kinds[pair % ${#kinds[@]}]}
  victim=${images[RANDOM % ${#images[@]}]}
  mover=$([ $((RANDOM % 2)) -gt 0 ] && echo ours || echo theirs)
  cp "$WORK/index.json" "$layout/index.json"
  eval "$tags"
  for side in ours theirs; do
    git checkout -qB $side base
    "side_of_$kind" $side
    # Now and then the branch changes another image too.
    other=${images[RANDOM % ${#images[@]}]}
    [ $((RANDOM % 4)) -gt 0 ] || [ "$other" = "$victim" ] || move "$other" "$other-$pair"
    commit $side
  done
  # What the registry says in the end: the tag names where the mover took it.
  [ "$kind" != signed ] || tag_image "docker.io/library/$victim:1" moved
  # What the lock of the merged tree must be: both sides' sources, nothing known.
  git checkout -qB fresh ours
  git merge -q -X ours theirs >/dev/null 2>&1
  rm -f "$repo/images.lock" && update
  cp "$repo/images.lock" "$WORK/fresh"
  commit fresh

  without_driver
  git checkout -qB alone ours
  if git merge -q theirs >/dev/null 2>&1; then result=merged; else result=conflict; fi
  if cmp -s "$WORK/fresh" "$repo/images.lock"; then
    result+=", right"
  elif lock verify --offline >"$WORK/out" 2>&1; then
    result+=", WRONG" && wrong[alone]+=" $pair"
  else
    result+=", caught"
  fi
  alone["$kind: $result"]=$((${alone["$kind: $result"]:-0} + 1))
  git reset -q --hard && git clean -qfd

  with_driver
  git checkout -qB driven ours
  if git merge -q theirs >/dev/null 2>&1; then result=merged; else result=conflict; fi
  if [ $result = conflict ]; then
    ! lock verify --offline >"$WORK/out" 2>&1 || wrong[unseen]+=" $pair"
    lock merge --resolve >"$WORK/out" 2>&1 || wrong[unresolved]+=" $pair"
    result+=", resolved"
  elif ! lock verify --offline >"$WORK/out" 2>&1; then
    update
    result+=", updated"
  fi
  cmp -s "$WORK/fresh" "$repo/images.lock" || { wrong[driven]+=" $pair" && result+=", WRONG"; }
  driven["$kind: $result"]=$((${driven["$kind: $result"]:-0} + 1))
  git reset -q --hard && git clean -qfd
done
echo "git alone, $pairs pairs:"
for result in "${!alone[@]}"; do echo "  ${alone[$result]} $result"; done | sort -k2
echo "with the driver:"
for result in "${!driven[@]}"; do echo "  ${driven[$result]} $result"; done | sort -k2
if [ -z "${wrong[alone]:-}" ]; then ok "git alone merges each of $pairs pairs rightly or is caught"; else not_ok "git alone:${wrong[alone]}"; fi
if [ -z "${wrong[driven]:-}${wrong[unseen]:-}${wrong[unresolved]:-}" ]; then
  ok "with the driver each of $pairs pairs ends as a fresh update"
else
  not_ok "with the driver: not as fresh:${wrong[driven]:-} markers unseen:${wrong[unseen]:-} not resolved:${wrong[unresolved]:-}"
fi
