# The updater for hosts without Node (docs/updater.md). In: data part, prelude, mover. Out: exit status; nothing is said where nothing changed.
{
pv_load () { # sets pv_seq, pv_used and pv_told; what was installed where there is no state yet
  pv_seq=
  { read -r pv_seq pv_used pv_told pv_rest <"$pv_home/updater.state"; } 2>/dev/null
  if pv_number "$pv_seq" && pv_ipv4 "$pv_used"; then return 0; fi
  pv_seq=0
  pv_used=$PV_LOCAL
  pv_told=told
}

pv_save () { # seq, address in use here, told|wish
  pv_keep_line "$pv_home/updater.state" "$1 $2 $3 `date +%s`" || pv_log 'the state could not be written'
}

pv_self () { # new address of this end; false where it could not be changed
  if pv_do point "$1" "$PV_REMOTE" "$pv_used" "$PV_REMOTE"; then :; else
    pv_do back "$pv_used" "$PV_REMOTE" "$1" "$PV_REMOTE"
    pv_log "this end could not be changed to $1"
    return 1
  fi
  pv_do boot "$1" "$PV_REMOTE" "$1" "$PV_REMOTE" || pv_log "the boot files could not be changed to $1"
}

pv_ask () { # tells the other end; sets pv_answer
  pv_answer=`pv_ssh "$pv_used" "provision 1 move $pv_seq" </dev/null 2>>"$pv_home/updater.log"`
  set -- $pv_answer
  case "$1 $2 $3" in
  'provision 1 done'|'provision 1 same')
    pv_save "$pv_seq" "$pv_used" told
    pv_log "the other end has $5 ${6-}"
    return 0
    ;;
  'provision 1 stale')
    if pv_number "$4"; then pv_seq=$(($4+1)); pv_save "$pv_seq" "$pv_used" wish; fi
    ;;
  esac
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
      pv_self "$pv_now" || exit 1
      pv_used=$pv_now
      pv_seq=$(($pv_seq+1))
      pv_told=wish
      pv_save "$pv_seq" "$pv_used" wish
    elif pv_do proof "$pv_now" "$PV_REMOTE" "$pv_now" "$PV_REMOTE"; then :; else
      # After a boot with older files, or changed by hand.
      pv_self "$pv_now" || exit 1
    fi
  elif [ "$pv_told" = told ]; then
    # Behind a gateway only the silence of the tunnel tells that the outer address is another.
    if pv_reached "$pv_used" "$PV_REMOTE"; then exit 0; fi
    pv_seq=$(($pv_seq+1))
    pv_told=wish
    pv_save "$pv_seq" "$pv_used" wish
  fi
  if [ "$pv_told" = told ]; then exit 0; fi
  if pv_ask || pv_ask; then exit 0; fi
  pv_log "the other end was not told $pv_used: ${pv_answer:-no answer}"
  exit 1
}
}
pv_update_0000
