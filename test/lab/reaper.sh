#!/bin/bash
# Takes a lab down when its owner ends, however it ends: it reads standard input until the owner's pipe closes
# (a test that finished, a failed one, Ctrl-C, SIGKILL), and it runs in a session of its own, so Ctrl-C spares it.
# in:  $1 the namespace, $2 the lab's temporary folder
# out: nothing is left of either. Only processes inside the lab's own namespace are stopped, each by its id.
namespace=$1 folder=$2
trap '' INT TERM HUP
cat >/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  pids=$(ip netns pids "$namespace" 2>/dev/null)
  [ -n "$pids" ] || break
  for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
  sleep 0.1
done
ip netns del "$namespace" 2>/dev/null
case "$folder" in
  */provision-lab-*) rm -rf --one-file-system "$folder" ;;
esac
exit 0
