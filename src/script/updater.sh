# The updater for hosts without Node (docs/updater.md). In: data part, prelude, mover. Out: exit status; nothing is said where nothing changed.
{
pv_load () { # sets pv_seq, pv_used, pv_told and pv_peer; what was installed where there is no state yet
  pv_seq=
  { read -r pv_seq pv_used pv_told pv_time pv_peer <"$pv_home/updater.state"; } 2>/dev/null
  if pv_number "$pv_seq" && pv_ipv4 "$pv_used"; then :; else
    pv_seq=0
    pv_used=$PV_LOCAL
    pv_told=told
    pv_peer=
  fi
  # Only a meeting point tells that the other end is somewhere else than it was at installation.
  if [ "$PV_VIA" = yes ] && pv_ipv4 "$pv_peer"; then return 0; fi
  pv_peer=$PV_REMOTE
}

pv_save () { # seq, address in use here, told|wish
  pv_keep_line "$pv_home/updater.state" "$1 $2 $3 `date +%s` $pv_peer" || pv_log 'the state could not be written'
}

pv_self () { # address of this end, address of the other one; false where this end could not be changed
  if pv_do point "$1" "$2" "$pv_used" "$pv_peer"; then :; else
    pv_do back "$pv_used" "$pv_peer" "$1" "$2"
    pv_log "this end could not be changed to $1 and $2"
    return 1
  fi
  pv_do boot "$1" "$2" "$1" "$2" || pv_log "the boot files could not be changed to $1 and $2"
}

pv_wish () { # a new number for what is to be said
  pv_seq=$(($pv_seq+1))
  pv_told=wish
  pv_save "$pv_seq" "$pv_used" wish
}

pv_follow () { # where the meeting point has seen the other end
  if pv_ipv4 "$1"; then :; else return 1; fi
  if [ "$1" = "$pv_peer" ]; then return 0; fi
  pv_self "$pv_used" "$1" || return 1
  pv_peer=$1
  pv_log "the other end is at $1 now"
}

pv_ask () { # tells the other end, or the meeting point; sets pv_answer
  if [ "$PV_VIA" = yes ]; then pv_saying=meet; else pv_saying=move; fi
  pv_answer=`pv_ssh "$pv_used" "provision 1 $pv_saying $pv_seq" </dev/null 2>>"$pv_home/updater.log"`
  set -- $pv_answer
  case "$pv_saying $1 $2 $3" in
  'move provision 1 done'|'move provision 1 same')
    pv_told=told
    pv_save "$pv_seq" "$pv_used" told
    pv_log "the other end has $5 ${6-}"
    return 0
    ;;
  'meet provision 1 met')
    # A number that was used before the state was lost: what it was answered with then is not what was said now.
    if [ -n "$PV_WATCH" ] && [ "$5" != "$pv_used" ]; then pv_wish; return 1; fi
    pv_follow "${6-}" || return 1
    pv_told=told
    pv_save "$pv_seq" "$pv_used" told
    return 0
    ;;
  *' provision 1 stale')
    if pv_number "$4"; then pv_seq=$4; pv_wish; fi
    ;;
  esac
  return 1
}

# Both ends look at the same moment where cron starts both, and one of them comes too early to hear of the other.
pv_meet () { # whether the other end answers through the tunnel in the end
  for pv_round in 1 2 3; do
    if pv_ask || pv_ask; then :; else break; fi
    if pv_reached "$pv_used" "$pv_peer"; then return 0; fi
    if [ $pv_round != 3 ]; then sleep 5; pv_wish; fi
  done
  if [ "$pv_told" = told ]; then pv_log "no ping comes back from $pv_peer"; else pv_log "the meeting point was not told $pv_used: ${pv_answer:-no answer}"; fi
  return 1
}

pv_update_0000 () {
  pv_home=$PV_ROOT$PV_HOME
  pv_lock "$PV_ROOT$PV_GUARD.updater" 1 || exit 0
  if pv_guarded; then exit 0; fi
  { : >"$pv_home/updater.log"; } 2>/dev/null
  pv_load
  if [ -n "$PV_WATCH" ]; then
    pv_now=`pv_own`
    # No address just now: the line is down, and there is nothing to tell and nobody to tell it to.
    pv_ipv4 "$pv_now" || exit 0
    if [ "$pv_now" != "$pv_used" ]; then
      pv_self "$pv_now" "$pv_peer" || exit 1
      pv_used=$pv_now
      pv_wish
    elif pv_do proof "$pv_now" "$pv_peer" "$pv_now" "$pv_peer"; then :; else
      # After a boot with older files, or changed by hand.
      pv_self "$pv_now" "$pv_peer" || exit 1
    fi
  fi
  if [ "$pv_told" = told ]; then
    if [ -n "$PV_WATCH" ] && [ "$PV_VIA" != yes ]; then exit 0; fi
    # Only the silence of the tunnel tells that the outer address is another: ours behind a gateway, or the other end's where both move.
    if pv_reached "$pv_used" "$pv_peer"; then exit 0; fi
    pv_wish
  fi
  if [ "$PV_VIA" = yes ]; then
    pv_meet
    exit
  fi
  if pv_ask || pv_ask; then exit 0; fi
  pv_log "the other end was not told $pv_used: ${pv_answer:-no answer}"
  exit 1
}
}
pv_update_0000
