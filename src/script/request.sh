# What a forced command of an updater's key begins with (docs/updater.md): the receiver and the meeting point. In: data part, prelude, mover; PV_SSH and
# PV_ASKED. Out: functions; nothing runs. What was asked for is never evaluated: it is compared, split into words and given on as digits and dots.
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

pv_often () { # file of times; whether there were 10 in the last 60 seconds; sets pv_wait; counts this one if not
  pv_time=`date +%s`
  pv_recent=
  pv_n=0
  pv_wait=60
  if [ -f "$pv_home/$1" ]; then
    while read -r pv_then; do
      if pv_number "${pv_then#?}" && [ "$pv_then" -gt $(($pv_time-60)) ] && [ "$pv_then" -le "$pv_time" ]; then
        if [ $pv_n = 0 ]; then pv_wait=$(($pv_then+60-$pv_time)); fi
        pv_n=$(($pv_n+1))
        pv_recent="$pv_recent$pv_then
"
      fi
    done <"$pv_home/$1"
  fi
  if [ "$pv_n" -ge 10 ]; then return 0; fi
  { printf '%s%s\n' "$pv_recent" "$pv_time" >"$pv_home/$1"; } 2>/dev/null
  return 1
}

pv_hear () { # reads the request; sets pv_what, pv_words (how many there are), pv_nr and pv_given
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
  pv_what=$3
  pv_words=$#
  pv_nr=$4
  pv_given=$5
}
}
