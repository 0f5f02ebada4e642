# The receiver (docs/updater.md). In: data part, prelude, mover, request. Out: one answer line on descriptor 3.
{
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
  pv_hear
  case $pv_what.$pv_words in
  see.3) ;;
  move.4|move.5) pv_number "$pv_nr" || pv_over 1 refused request ;;
  *) pv_over 1 refused request ;;
  esac
  pv_lock "$PV_ROOT$PV_GUARD.receiver" 20 || pv_over 1 busy 5
  pv_load || pv_over 1 failed state
  if [ "$pv_what" = see ]; then pv_over 0 seen "$pv_from" "$pv_seq" "$pv_addr"; fi
  if [ "$pv_nr" -lt "$pv_seq" ]; then pv_over 1 stale "$pv_seq"; fi
  pv_theirs=yes
  pv_wish=$pv_from
  if [ "$pv_words" = 5 ] && [ "$pv_given" != "$pv_from" ]; then
    pv_theirs=no
    pv_wish=$pv_given
    if [ "$PV_ANY" != yes ]; then pv_over 1 refused given; fi
  fi
  pv_fits "$pv_wish" || pv_over 1 refused $pv_code
  # Compared as numbers: 005 is no other number than 5.
  if [ "$pv_nr" -eq "$pv_seq" ] && [ "$pv_nr" -ne 0 ]; then pv_again "$pv_nr"; fi
  if pv_often recent; then pv_over 1 busy "$pv_wait"; fi
  pv_move "$pv_nr" "$pv_wish" $pv_theirs
}
}
pv_receive_0000
