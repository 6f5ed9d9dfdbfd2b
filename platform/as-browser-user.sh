#!/bin/sh
# Chromium's sandbox does not start as root. Starts BROWSER_PROGRAM as the user BROWSER_ID, which owns nothing else.
set -eu
program=$(readlink -f "$BROWSER_PROGRAM") || program=$BROWSER_PROGRAM
[ -x "$program" ] || { echo "there is no program $program" >&2; exit 127; }
folder=$(dirname "$program")
become="setpriv --reuid=$BROWSER_ID --regid=$BROWSER_ID --clear-groups --no-new-privs"
for argument; do
  case $argument in --user-data-dir=*)
    export HOME="${argument#*=}"
    # Its shared memory lies there, and it may not write to the folder of whoever starts it.
    export TMPDIR="$HOME"
    chown -R "$BROWSER_ID:$BROWSER_ID" "$HOME"
    ;;
  esac
done
unset BROWSER_PROGRAM BROWSER_ID
if $become test -x "$program" && $become test -w "$HOME"; then exec $become "$program" "$@"; fi

# Others may not enter a folder above it or above the profile, as /root: Chromium gets a view of the files in which that
# folder holds nothing but these two.
exec unshare --mount sh -c '
  set -eu
  program=$1 profile=$2 become=$3; shift 3
  # The highest folder above it that others may not enter.
  closed() {
    above=$1
    while above=$(dirname "$above"); [ "$above" != / ]; do
      [ "$(($(stat -c 0%a "$above") & 1))" = 1 ] || echo "$above"
    done | tail -n 1
  }
  chmod -R go+rX "$program"
  of_program=$(closed "$program") of_profile=$(closed "$profile")
  aside=$(mktemp -d -p /tmp) aside_profile=$(mktemp -d -p /tmp)
  mount --bind "$program" "$aside"
  mount --bind "$profile" "$aside_profile"
  for folder in $of_program $of_profile; do mount -t tmpfs -o mode=755 none "$folder"; done
  mkdir -p "$program" "$profile"
  mount --move "$aside" "$program"
  mount --move "$aside_profile" "$profile"
  rmdir "$aside" "$aside_profile"
  exec $become "$@"
' as-browser-user "$folder" "$HOME" "$become" "$program" "$@"
