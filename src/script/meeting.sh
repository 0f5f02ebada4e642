# The meeting point of two ends that both move (docs/updater.md): notes where this end is and says where the other one was seen last.
# In: data part, prelude, mover, request. Out: one answer line on descriptor 3. Nothing of this host is changed but one file.
{
pv_load () { # end; sets pv_seq and pv_addr
  pv_seq=
  { read -r pv_seq pv_addr pv_rest <"$pv_home/at.$1"; } 2>/dev/null
  pv_number "$pv_seq" && pv_ipv4 "$pv_addr"
}

pv_meet_0000 () {
  pv_hear
  case $pv_what.$pv_words in
  see.3) ;;
  meet.4) pv_number "$pv_nr" || pv_over 1 refused request ;;
  *) pv_over 1 refused request ;;
  esac
  pv_lock "$PV_ROOT$PV_GUARD.meeting" 20 || pv_over 1 busy 5
  pv_load "$PV_OTHER" || pv_over 1 failed state
  pv_theirs_at=$pv_addr
  pv_load "$PV_END" || pv_over 1 failed state
  if [ "$pv_what" = see ]; then pv_over 0 seen "$pv_from" "$pv_seq" "$pv_addr"; fi
  if [ "$pv_nr" -lt "$pv_seq" ]; then pv_over 1 stale "$pv_seq"; fi
  pv_fits "$pv_from" || pv_over 1 refused $pv_code
  if [ "$pv_nr" -gt "$pv_seq" ]; then
    # Where nothing but the number is new it is a question, and those are not counted.
    if [ "$pv_from" != "$pv_addr" ] && pv_often "recent.$PV_END"; then pv_over 1 busy "$pv_wait"; fi
    pv_keep_line "$pv_home/at.$PV_END" "$pv_nr $pv_from `date +%s`" || pv_over 1 failed state
    pv_addr=$pv_from
  fi
  pv_over 0 met "$pv_nr" "$pv_addr" "$pv_theirs_at"
}
}
pv_meet_0000
