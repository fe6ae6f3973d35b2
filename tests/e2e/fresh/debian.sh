#!/usr/bin/env bash
# usage: tests/e2e/fresh/debian.sh SUITE [FOLDER]          (root only; SUITE is bookworm, trixie, …)
#
# The two commands of README.md on a machine that has nothing but git: makes a Debian in a folder with debootstrap, clones
# the last commit into it, and runs both there, the first one twice. Prints `ok`, `not ok` or `skip` lines with the times.
# The folder is removed at the end, unless one was named. LOCK_MIRROR names another mirror than deb.debian.org.
set -euo pipefail
suite=${1:?$(sed -n '2p' "$0")}
root=$(cd "$(dirname "$0")/../../.." && pwd)

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
  echo "skip fresh $suite only root can make a machine with debootstrap"
  exit 0
fi

keep=${2:-}
machine=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/lock-$suite.XXXXXX")}
mkdir -p "$machine"
chmod 755 "$machine" # it is the / of others than root, too
leave() {
  umount "$machine/proc" 2>/dev/null || true
  [ -n "$keep" ] || rm -rf --one-file-system "$machine"
}
trap leave EXIT

# timed NAME COMMAND…: the outcome, with the seconds that it took.
timed() {
  local name=$1 start=$SECONDS status=0
  shift
  "$@" >"$machine.log" 2>&1 || status=$?
  tail -3 "$machine.log"
  if [ "$status" -eq 0 ]; then
    echo "ok fresh $suite, $name: $((SECONDS - start)) s"
    return 0
  fi
  tail -60 "$machine.log"
  echo "not ok fresh $suite, $name: status $status after $((SECONDS - start)) s"
  return 1
}

inside() {
  chroot "$machine" /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c "cd /root/lock && $1" </dev/null
}

timed "debootstrap" debootstrap --variant=minbase --include=git "$suite" "$machine" \
  "${LOCK_MIRROR:-http://deb.debian.org/debian}"
cp -L /etc/resolv.conf /etc/hosts "$machine/etc/" 2>/dev/null || true
mount -t proc proc "$machine/proc" 2>/dev/null || echo "there is no /proc in it: this sandbox cannot mount"
git clone -q --no-hardlinks "$root" "$machine/root/lock"

timed "./examples/quickstart.sh" inside ./examples/quickstart.sh
timed "./examples/quickstart.sh, once more" inside ./examples/quickstart.sh
timed "./tests/run.sh" inside ./tests/run.sh
