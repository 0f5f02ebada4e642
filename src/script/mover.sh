# What the receiver and the sh form of the updater share (docs/updater.md). In: their data part and the prelude. Out: functions; nothing runs.
# One brace group, as the prelude: cut anywhere it is a syntax error.
{
pv_log () { # text
  pv_find logger
  if [ -n "$pv_found" ]; then "$pv_found" -t provision -p daemon.notice "updater of $PV_LINK: $*" </dev/null >/dev/null 2>&1; fi
}

pv_ipv4 () { # text; whether it is a plain IPv4 address
  case $1 in
  *[!0-9.]*|.*|*.|*..*|*.*.*.*.*) return 1 ;;
  *.*.*.*) ;;
  *) return 1 ;;
  esac
  pv_ifs=$IFS
  IFS=.
  set -- $1
  IFS=$pv_ifs
  for pv_octet in "$1" "$2" "$3" "$4"; do
    case $pv_octet in 0?*|????*) return 1 ;; esac
    if [ "$pv_octet" -gt 255 ]; then return 1; fi
  done
}

pv_number () { # text; whether it is 1 to 9 digits
  case $1 in ''|*[!0-9]*|??????????*) return 1 ;; esac
}

# Where a request died the folder stays: it is taken over once nobody of that number lives any more.
pv_lock () { # folder, tries; one at a time
  pv_door=$1
  pv_tries=$2
  while [ "$pv_tries" -gt 0 ]; do
    if mkdir "$pv_door" 2>/dev/null; then
      echo $$ >"$pv_door/pid"
      trap 'rm -rf "$pv_door"; pv_clean' 0
      return 0
    fi
    pv_pid=`cat "$pv_door/pid" 2>/dev/null`
    pv_tries=$(($pv_tries-1))
    if [ -n "$pv_pid" ] && kill -0 "$pv_pid" 2>/dev/null; then :
    elif [ -n "$pv_pid" ] || [ "$pv_tries" = 1 ]; then mv "$pv_door" "$pv_door.$$" 2>/dev/null && rm -rf "$pv_door.$$" && continue
    fi
    if [ "$pv_tries" -gt 0 ]; then sleep 1; fi
  done
  return 1
}

pv_part () { # point|back|proof|boot|across; its text
  case $1 in
  point) pv_text_point ;;
  back) pv_text_point | sed "s/^run '/try '/" ;;
  proof) pv_text_point | sed "/^run '/d" ;;
  boot) pv_text_boot ;;
  across) pv_text_across ;;
  esac
}

pv_do () { # part, new local, new remote, old local, old remote; carries it out; false where the host or a proof said no
  pv_part "$1" | sed -e "s/PVNEWLOCAL/$2/g" -e "s/PVNEWREMOTE/$3/g" -e "s/PVOLDLOCAL/$4/g" -e "s/PVOLDREMOTE/$5/g" >"$PV_DIR/part" || return 1
  . "$PV_DIR/part"
  [ -z "$pv_result" ]
}

pv_reached () { # local, remote; whether one of three pings through the tunnel is answered
  pv_do across "$1" "$2" "$1" "$2" || pv_do across "$1" "$2" "$1" "$2" || pv_do across "$1" "$2" "$1" "$2"
}

pv_keep_line () { # file, line; on the disk whole or not at all
  { echo "$2" >"$1.new" && sync && mv -f "$1.new" "$1"; } 2>/dev/null
}

pv_guarded () { # whether a run holds this link
  pv_g=$PV_ROOT$PV_GUARD
  pv_holder
  [ -n "$pv_holds" ]
}
}
