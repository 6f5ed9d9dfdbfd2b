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
    chown -R "$BROWSER_ID:$BROWSER_ID" "$HOME"
    ;;
  esac
done
unset BROWSER_PROGRAM BROWSER_ID
if $become test -x "$program"; then exec $become "$program" "$@"; fi

# Others may not enter a folder above it, as /root: Chromium gets a view of the files in which that folder holds nothing else.
exec unshare --mount sh -c '
  set -eu
  folder=$1 become=$2; shift 2
  closed= above=$folder
  while above=$(dirname "$above"); [ "$above" != / ]; do
    [ "$(($(stat -c 0%a "$above") & 1))" = 1 ] || closed=$above
  done
  chmod -R go+rX "$folder"
  if [ -n "$closed" ]; then
    aside=$(mktemp -d)
    mount --bind "$folder" "$aside"
    mount -t tmpfs -o mode=755 none "$closed"
    mkdir -p "$folder"
    mount --move "$aside" "$folder"
    rmdir "$aside"
  fi
  exec $become "$@"
' as-browser-user "$folder" "$become" "$program" "$@"
