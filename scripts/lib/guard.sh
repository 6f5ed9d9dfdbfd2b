#!/bin/sh
# Ends process groups when standard input closes, that is when the process that started this script is gone,
# however it ended. Each line of input is one of
#   + PGID SIGNAL   watch this group; SIGNAL asks it to end in good order
#   - PGID          forget this group
# Groups that are still there after a while get SIGQUIT, and SIGKILL at last. All of it takes under 4 seconds.
groups=''

forget() {
  kept=''
  for entry in $groups; do
    [ "${entry%%:*}" = "$1" ] || kept="$kept $entry"
  done
  groups=$kept
}

while read -r action pgid signal; do
  case $action in
    +) groups="$groups $pgid:$signal" ;;
    -) forget "$pgid" ;;
  esac
done

any_left() {
  for entry in $groups; do
    kill -0 -- "-${entry%%:*}" 2>/dev/null && return 0
  done
  return 1
}

send_all() {
  for entry in $groups; do
    kill -s "${1:-${entry##*:}}" -- "-${entry%%:*}" 2>/dev/null
  done
}

# Waits for the groups to end, at most $1 tenths of a second.
wait_for_end() {
  tenths=$1
  while [ "$tenths" -gt 0 ] && any_left; do
    sleep 0.1
    tenths=$((tenths - 1))
  done
}

send_all ''
wait_for_end 20
send_all QUIT
wait_for_end 7
send_all KILL
