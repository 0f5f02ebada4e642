# The receiver (docs/updater.md). In: data part, prelude, mover; PV_SSH and PV_ASKED. Out: one answer line on descriptor 3.
# What was asked for is never evaluated: it is compared, split into words and given on as digits and dots.
{
pv_over () { # exit status, word...; the answer, and the end
  pv_status=$1
  shift
  pv_log "$pv_from asked: $pv_request: $*"
  echo "provision 1 $*" >&3
  exit "$pv_status"
}

pv_seen () { # the words of SSH_CONNECTION; sets pv_from and pv_server
  pv_from=nobody
  pv_server=
  case $PV_SSH in *[!0-9A-Fa-f.:\ ]*) return 0 ;; esac
  set -- $PV_SSH
  pv_from=${1#::ffff:}
  pv_server=${3#::ffff:}
}

pv_fits () { # address; sets pv_code where it cannot be the other end's
  pv_code=
  pv_ipv4 "$1" || { pv_code=family; return 1; }
  case $1 in
  0.*|127.*|22[4-9].*|23?.*|24?.*|25?.*) pv_code=family ;;
  10.*|192.168.*|169.254.*|172.1[6-9].*|172.2?.*|172.3[01].*|100.6[4-9].*|100.[7-9]?.*|100.1[01]?.*|100.12[0-7].*)
    if [ "$PV_PRIVATE" != yes ]; then pv_code=private; fi
    ;;
  esac
  for pv_mine in $PV_LOCAL $PV_OWN $pv_server; do
    if [ "$1" = "$pv_mine" ]; then pv_code=own; fi
  done
  [ -z "$pv_code" ]
}

pv_often () { # whether there were 10 moves in the last 60 seconds; sets pv_wait; counts this one if not
  pv_time=`date +%s`
  pv_recent=
  pv_n=0
  pv_wait=60
  if [ -f "$pv_home/recent" ]; then
    while read -r pv_then; do
      if pv_number "${pv_then#?}" && [ "$pv_then" -gt $(($pv_time-60)) ] && [ "$pv_then" -le "$pv_time" ]; then
        if [ $pv_n = 0 ]; then pv_wait=$(($pv_then+60-$pv_time)); fi
        pv_n=$(($pv_n+1))
        pv_recent="$pv_recent$pv_then
"
      fi
    done <"$pv_home/recent"
  fi
  if [ "$pv_n" -ge 10 ]; then return 0; fi
  { printf '%s%s\n' "$pv_recent" "$pv_time" >"$pv_home/recent"; } 2>/dev/null
  return 1
}

pv_load () { # sets pv_seq, pv_addr and pv_word (confirmed, unconfirmed, unkept: no boot files yet, given: the last address asked for did not stay)
  pv_seq=
  { read -r pv_seq pv_addr pv_word pv_rest <"$pv_home/address"; } 2>/dev/null
  pv_number "$pv_seq" && pv_ipv4 "$pv_addr"
}

pv_save () { # seq, address, word
  pv_keep_line "$pv_home/address" "$1 $2 $3 `date +%s`"
}

pv_again () { # seq; the answer to what was carried out already
  case $pv_word in
  given) pv_over 1 failed unconfirmed ;;
  unkept) pv_resume "$1" ;;
  *) pv_over 0 "done" "$1" "$pv_addr" "$pv_word" ;;
  esac
}

pv_kept () { # seq, address; boot files, the ping, the answer
  if pv_do boot "$PV_LOCAL" "$2" "$PV_LOCAL" "$2"; then :; else
    pv_save "$1" "$2" unkept
    pv_over 1 failed boot
  fi
  pv_word=unconfirmed
  if pv_reached "$PV_LOCAL" "$2"; then pv_word=confirmed; fi
  pv_save "$1" "$2" $pv_word || pv_over 1 failed state
  pv_over 0 "done" "$1" "$2" $pv_word
}

# Boot files that were not written in time may have brought the old address back since.
pv_resume () { # seq; what was changed before is looked at, changed again where it must be, and kept
  if pv_do proof "$PV_LOCAL" "$pv_addr" "$PV_LOCAL" "$pv_addr" || pv_do point "$PV_LOCAL" "$pv_addr" "$PV_LOCAL" "$pv_addr"; then
    pv_kept "$1" "$pv_addr"
  fi
  pv_over 1 failed point
}

pv_back () { # seq, address that was asked for; what was in use before is in use again
  pv_do back "$PV_LOCAL" "$pv_addr" "$PV_LOCAL" "$2"
}

pv_move () { # seq, address, yes where SSH itself came from there
  # In use by our file and by the tunnel itself: a run or a person may have changed that since.
  if [ "$2" = "$pv_addr" ] && pv_do proof "$PV_LOCAL" "$2" "$PV_LOCAL" "$2"; then
    case $pv_word in
    unkept) pv_resume "$1" ;;
    given) pv_word=unconfirmed ;;
    esac
    pv_save "$1" "$2" "$pv_word" || pv_over 1 failed state
    pv_over 0 same "$1" "$2"
  fi
  if pv_guarded; then pv_over 1 busy 10; fi
  if pv_do point "$PV_LOCAL" "$2" "$PV_LOCAL" "$pv_addr"; then :; else
    pv_back "$1" "$2"
    pv_over 1 failed point
  fi
  if [ "$3" = no ]; then
    # Anybody who holds the key could name any address: without an answer from there it does not stay.
    if pv_reached "$PV_LOCAL" "$2"; then :; else
      pv_back "$1" "$2"
      pv_save "$1" "$pv_addr" given
      pv_over 1 failed unconfirmed
    fi
  fi
  pv_save "$1" "$2" unkept || pv_over 1 failed state
  pv_kept "$1" "$2"
}

pv_receive_0000 () {
  # The line may be cut at any moment: what was begun is brought to its end.
  trap '' 1 13
  pv_home=$PV_ROOT$PV_HOME
  set -f
  pv_request='something that is no request'
  pv_seen
  case $PV_ASKED in *[!a-z0-9.\ ]*|'') pv_over 1 refused request ;; esac
  if [ ${#PV_ASKED} -gt 80 ]; then pv_over 1 refused request; fi
  pv_request=$PV_ASKED
  set -- $PV_ASKED
  set +f
  if [ "$1" != provision ]; then pv_over 1 refused request; fi
  if [ "$2" != 1 ]; then pv_over 1 refused version; fi
  case $3.$# in
  see.3) ;;
  move.4|move.5) pv_number "$4" || pv_over 1 refused request ;;
  *) pv_over 1 refused request ;;
  esac
  pv_lock "$PV_ROOT$PV_GUARD.receiver" 20 || pv_over 1 busy 5
  pv_load || pv_over 1 failed state
  if [ "$3" = see ]; then pv_over 0 seen "$pv_from" "$pv_seq" "$pv_addr"; fi
  if [ "$4" -lt "$pv_seq" ]; then pv_over 1 stale "$pv_seq"; fi
  pv_theirs=yes
  pv_wish=$pv_from
  if [ $# = 5 ] && [ "$5" != "$pv_from" ]; then
    pv_theirs=no
    pv_wish=$5
    if [ "$PV_ANY" != yes ]; then pv_over 1 refused given; fi
  fi
  pv_fits "$pv_wish" || pv_over 1 refused $pv_code
  # Compared as numbers: 005 is no other number than 5.
  if [ "$4" -eq "$pv_seq" ] && [ "$4" -ne 0 ]; then pv_again "$4"; fi
  if pv_often; then pv_over 1 busy "$pv_wait"; fi
  pv_move "$4" "$pv_wish" $pv_theirs
}
}
pv_receive_0000
