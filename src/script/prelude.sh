# The prelude of the wire program (docs/wire.md). In: the header's PV_MARK, PV_SEED, PV_ROOT and PV_PATH.
# Out: the functions below; nothing runs. Why one brace group: cut anywhere it is a syntax error, so that not
# even a piece of a function's name ("look", "prove") is run as a command.
# Written for the oldest shells: no local, no command -v, no mktemp, stat, head -c or timeout.
{
# A cut call of a phase may leave these two; on some systems pv is a command.
p () { :; }
pv () { :; }

pv_find () { # name; sets pv_found to the command's path or to nothing
  pv_found=
  pv_ifs=$IFS
  IFS=:
  for pv_dir in $PATH; do
    if [ -z "$pv_found" ] && [ -x "$pv_dir/$1" ] && [ -f "$pv_dir/$1" ]; then pv_found=$pv_dir/$1; fi
  done
  IFS=$pv_ifs
}

pv_fail () { # word text; ends the shell
  echo "$PV_MARK fail $1 $2"
  exit 1
}

pv_clean () {
  if [ -n "$PV_DIR" ]; then rm -rf "$PV_DIR"; fi
  PV_DIR=
}

pv_start_0000 () {
  # A child of run gets the caller's umask back: a tool that makes /etc/rc.conf must not make it 0600.
  pv_umask=`umask`
  umask 077
  PATH=$PV_PATH
  LC_ALL=C
  export PATH LC_ALL
  unset IFCONFIG_FORMAT CDPATH ENV BASH_ENV TMPDIR
  IFS=`printf ' \t\nx'`
  IFS=${IFS%x}
  PV_DIR=
  pv_failed=
  pv_result=
  pv_with=
  pv_busy=
  pv_keep=
  pv_stage=
  pv_k=0
  pv_late=
  pv_held=
  pv_full=
  pv_nl='
'
  for pv_tool in cat chmod cksum cp dd grep ls mkdir mv printf rm sed sleep wc; do
    pv_find "$pv_tool"
    if [ -z "$pv_found" ]; then pv_fail notool "$pv_tool is not in $PATH"; fi
  done
  for pv_base in /tmp /var/tmp /var/run; do
    if [ -z "$PV_DIR" ] && mkdir "$pv_base/.pv-$PV_SEED" 2>/dev/null; then
      PV_DIR=$pv_base/.pv-$PV_SEED
      trap pv_clean 0
      trap 'exit 129' 1
      trap 'exit 130' 2
      trap 'exit 141' 13
      trap 'exit 143' 15
    fi
  done
  if [ -z "$PV_DIR" ]; then pv_fail nodir 'no private directory could be made in /tmp, /var/tmp or /var/run'; fi
  # Shells that keep here-documents in files keep them there; not exported, it was unset above.
  TMPDIR=$PV_DIR
  pv_find fsync
  pv_fsync=$pv_found
  echo "$PV_MARK hello 1"
}

# --- one call ---------------------------------------------------------------------------------------------

# Each write is a packet, and work at both ends. So what ends a record goes out with the line that comes next (pv_late), and the records of
# questions wait for the end of the phase or for its first change (pv_held, pv_full).

pv_say () { # line
  echo "$pv_late$PV_MARK $1"
  pv_late=
}

pv_open () { # id verb; false where an earlier call of the phase failed
  if [ -n "$pv_failed" ]; then return 1; fi
  # New files for each call: a process left behind by an earlier one cannot write into this one's record.
  pv_k=$(($pv_k+1))
  pv_id=$1
  pv_verb=$2
  pv_flag=-
  pv_o=$PV_DIR/o$pv_k
  pv_e=$PV_DIR/e$pv_k
  case $pv_verb in
  probe|look)
    # Whether a guard was dropped must be known although the questions behind it are not answered yet.
    if [ -n "$pv_late" ]; then echo "${pv_late%?}"; fi
    pv_late=
    ;;
  *)
    pv_flush
    pv_say "begin $1"
    ;;
  esac
}

pv_note () { # word...; what this run is about to change, for whoever looks at the host later
  { echo "$pv_with $*" >>"$pv_keep/journal"; } 2>/dev/null
  return 0
}

pv_close () { # exit status; sends the record, or keeps that of a question
  pv_exit=$1
  case $pv_verb in
  probe|look)
    if [ -s "$pv_o" ]; then pv_full="$pv_full $pv_o"; fi
    if [ -s "$pv_e" ]; then pv_full="$pv_full $pv_e"; fi
    pv_held="$pv_held $pv_k $pv_id $pv_verb $pv_exit $pv_flag"
    return 0
    ;;
  esac
  pv_send
  case $pv_verb.$pv_exit.$pv_flag in
  try.*|prove.*.matched) ;;
  prove.*) pv_failed=$pv_id ;;
  *.0.*) ;;
  *) pv_failed=$pv_id ;;
  esac
}

pv_send () { # the record of a change: what it has started may still write, so dd sends no byte more than was counted before
  # Most are empty: a program less for each. No braces around it, or some shells would fork twice.
  set --
  if [ -s "$pv_o" ] || [ -s "$pv_e" ]; then set -- `wc -c "$pv_o" "$pv_e" 2>/dev/null`; fi
  pv_on=${1:-0}
  pv_en=${3:-0}
  pv_os=$pv_on
  pv_es=$pv_en
  if [ "$pv_os" -gt 65536 ]; then pv_os=65536; fi
  if [ "$pv_es" -gt 65536 ]; then pv_es=65536; fi
  pv_late="$PV_MARK record $pv_id $pv_verb $pv_exit $pv_os $pv_es $pv_on $pv_en $pv_flag$pv_nl$pv_nl"
  if [ "$pv_os.$pv_es" = 0.0 ]; then return 0; fi
  echo "${pv_late%??}"
  pv_late=$pv_nl
  if [ "$pv_os" -gt 0 ]; then dd if="$pv_o" bs="$pv_os" count=1 2>/dev/null; fi
  if [ "$pv_es" -gt 0 ]; then dd if="$pv_e" bs="$pv_es" count=1 2>/dev/null; fi
}

pv_flush () { # the records of the questions: one program measures their files and one sends them
  if [ -z "$pv_held" ]; then return 0; fi
  pv_sizes=
  if [ -n "$pv_full" ]; then
    set -- `wc -c $pv_full 2>/dev/null`
    pv_sizes=" $* "
  fi
  pv_text=
  pv_parts=
  set -- $pv_held
  while [ $# -gt 0 ]; do
    pv_measure "$PV_DIR/o$1"
    pv_on=$pv_bytes
    pv_os=$pv_sent
    pv_out=$pv_file
    pv_measure "$PV_DIR/e$1"
    pv_text="$pv_text$PV_MARK record $2 $3 $4 $pv_os $pv_sent $pv_on $pv_bytes $5$pv_nl"
    if [ "$pv_os.$pv_sent" != 0.0 ]; then
      echo "${pv_text%?}" >"$PV_DIR/h$1"
      pv_parts="$pv_parts $PV_DIR/h$1 $pv_out $pv_file"
      pv_text=
    fi
    pv_text=$pv_text$pv_nl
    shift; shift; shift; shift; shift
  done
  if [ -n "$pv_parts" ]; then cat $pv_parts; fi
  pv_late=$pv_text
  pv_held=
  pv_full=
}

pv_measure () { # file; sets pv_bytes, pv_sent and pv_file: how long it is, how much of it goes, and from where
  pv_bytes=0
  pv_file=
  case $pv_sizes in
  *" $1 "*)
    pv_bytes=${pv_sizes%% $1 *}
    pv_bytes=${pv_bytes##* }
    pv_file=$1
    ;;
  esac
  pv_sent=$pv_bytes
  if [ "$pv_sent" -gt 65536 ]; then
    pv_sent=65536
    pv_file=$1.cut
    dd if="$1" of="$pv_file" bs=65536 count=1 2>/dev/null
  fi
}

pv_exec () { # word...; exec takes programs only, no builtin and none of these functions (mksh's does: hence pv_has)
  ( umask "$pv_umask"; trap 0; pv_has "$1"; exec "$@" ) </dev/null >"$pv_o" 2>"$pv_e"
}

pv_has () { # command; ends the subshell where there is none
  case $1 in */*) return 0 ;; esac
  pv_find "$1"
  if [ -n "$pv_found" ]; then return 0; fi
  echo "$1: not found" >&2
  exit 127
}

probe () { # id word...
  pv_open "$1" probe || return 0
  shift
  pv_exec "$@"
  pv_close $?
}

run () { # id word...
  pv_open "$1" run || return 0
  shift
  if pv_stands run "$@"; then pv_exec "$@"; else pv_fired; fi
  pv_close $?
}

try () { # id word...
  pv_open "$1" try || return 0
  shift
  pv_exec "$@"
  pv_close $?
}

prove () { # id pattern word...
  pv_open "$1" prove || return 0
  pv_pattern=$2
  shift
  shift
  pv_exec "$@"
  pv_status=$?
  pv_flag=unmatched
  if { grep -E -e "$pv_pattern" <"$pv_o"; } >/dev/null 2>&1; then pv_flag=matched; fi
  pv_close $pv_status
}

look () { # id path
  pv_open "$1" look || return 0
  pv_look "$PV_ROOT$2" >"$pv_o" 2>"$pv_e"
  pv_close $?
}

put () { # id mode path length cksum encoding, content on standard input
  pv_open "$1" put || return 0
  pv_flag=same
  if pv_stands put "$3"; then pv_put "$2" "$PV_ROOT$3" "$4" "$5" "$6" >"$pv_o" 2>"$pv_e"; else pv_fired; fi
  pv_close $?
}

block () { # id path name length cksum encoding, content on standard input
  pv_open "$1" block || return 0
  pv_flag=same
  if pv_stands block "$2"; then pv_block "$PV_ROOT$2" "$3" "$4" "$5" "$6" >"$pv_o" 2>"$pv_e"; else pv_fired; fi
  pv_close $?
}

remove () { # id path
  pv_open "$1" remove || return 0
  pv_flag=same
  if pv_stands remove "$2"; then pv_remove "$PV_ROOT$2" >"$pv_o" 2>"$pv_e"; else pv_fired; fi
  pv_close $?
}

arm () { # id state keep run seconds holder length cksum encoding word..., the undo script on standard input
  pv_open "$1" arm || return 0
  pv_flag=same
  shift
  pv_arm "$@" >"$pv_o" 2>"$pv_e"
  pv_close $?
}

# A step that ran on after the guard has fired would leave a change that nobody takes back: the controller may be gone.
join () { # id state keep run now|staged; the changes of this phase belong to this run and end with its guard
  pv_open "$1" join || return 0
  pv_g=$PV_ROOT$2
  pv_keep=$PV_ROOT$3
  pv_with=$4
  if [ "$5" = staged ]; then pv_stage=$4; fi
  # First this mark, then the look at the token; the guard first takes the token, then looks for the mark. So the guard sees a change that is
  # still under way, and waits for it, or the change sees that the guard has fired.
  pv_busy=$pv_g/busy.$pv_with
  { echo $$ >"$pv_busy"; } 2>/dev/null
  if pv_token; then pv_close 0; else pv_fired; pv_close 3; fi
}

pv_token () { # whether the guard of the phase's run still stands
  [ -f "$pv_g/armed.$pv_with" ] || [ -f "$pv_g/agreed.$pv_with" ]
}

# Before the first change a mark is set: where nothing was changed the undo must not set again what is there, which breaks a live
# tunnel on some drivers and the kernel on one.
pv_stands () { # word...; whether this change may be made; a phase without a run is free
  if [ -z "$pv_with" ]; then return 0; fi
  pv_token || return 1
  if [ ! -f "$pv_g/touched.$pv_with" ]; then echo touched >"$pv_g/touched.$pv_with" || return 1; fi
  pv_note "$@"
}

pv_fired () {
  cat </dev/null >"$pv_o"
  echo 'the guard of this run has fired' >"$pv_e"
  return 125
}

agree () { # id seconds; from here on the guard does not undo without having asked the other end, and does that so much later
  pv_open "$1" agree || return 0
  pv_flag=same
  if [ -n "$pv_with" ] && pv_stands agree; then pv_agree "$2" >"$pv_o" 2>"$pv_e"; else pv_fired; fi
  pv_close $?
}

settle () { # id run put|block|remove path; what was staged takes its place
  pv_open "$1" settle || return 0
  pv_flag=same
  if pv_stands settle "$4"; then pv_settle "$2" "$3" "$PV_ROOT$4" >"$pv_o" 2>"$pv_e"; else pv_fired; fi
  pv_close $?
}

disarm () { # id state keep run word...
  pv_open "$1" disarm || return 0
  pv_flag=same
  shift
  pv_disarm "$@" >"$pv_o" 2>"$pv_e"
  pv_close $?
}

held () { # id state; the run whose guard stands here: its state and id, then its holder; nothing where there is none
  pv_open "$1" held || return 0
  pv_g=$PV_ROOT$2
  pv_holder
  if [ -n "$pv_holds" ]; then echo "${pv_holds##*/}"; cat "$pv_holds"; fi >"$pv_o" 2>"$pv_e"
  pv_close 0
}

release () { # id state run word...; the guard does at once what it would do when its time is over
  pv_open "$1" release || return 0
  pv_flag=same
  shift
  pv_release "$@" >"$pv_o" 2>"$pv_e"
  pv_close $?
}

pv_end () { # number of the phase
  pv_flush
  if [ -n "$pv_failed" ]; then pv_say "end $1 failed $pv_failed"; else pv_say "end $1 done -"; fi
  pv_result=$pv_failed
  pv_failed=
  pv_with=
  pv_keep=
  pv_stage=
  if [ -n "$pv_busy" ]; then rm -f "$pv_busy" "$PV_DIR"/[oenbwh][0-9]*; else rm -f "$PV_DIR"/[oenbwh][0-9]*; fi
  pv_busy=
}

# --- files ------------------------------------------------------------------------------------------------

pv_kind () { # path; 0 regular file, 1 absent, 2 symbolic link, 3 something else
  if [ -h "$1" ]; then return 2; fi
  if [ ! -e "$1" ]; then return 1; fi
  if [ ! -f "$1" ]; then return 3; fi
  return 0
}

pv_sum () { # path; sets pv_crc and pv_len, both empty where it cannot be read
  pv_crc=
  pv_len=
  if [ ! -r "$1" ]; then return 0; fi
  # One simple command: shells fork twice for more than that.
  set -- `cksum <"$1" 2>/dev/null`
  pv_crc=$1
  pv_len=$2
}

pv_list () { # path; the line of ls; an old ls may not know -n
  ls -ln "$1" 2>/dev/null || ls -l "$1"
}

pv_mode () { # path; sets pv_bits to the ten characters of the mode, without the sign of ACLs or labels
  pv_bits=`ls -ln "$1" 2>/dev/null`
  if [ -z "$pv_bits" ]; then pv_bits=`ls -l "$1"`; fi
  pv_bits=${pv_bits%% *}
  pv_bits=${pv_bits%[.+@]}
}

pv_letters () { # octal mode of three digits, or four with a 0 first; sets pv_wanted to what ls shows for it
  pv_wanted=-
  pv_rest=$1
  case $1 in ????) pv_rest=${1#?} ;; esac
  while [ -n "$pv_rest" ]; do
    case $pv_rest in
    0*) pv_wanted=$pv_wanted--- ;;
    1*) pv_wanted=$pv_wanted--x ;;
    2*) pv_wanted=$pv_wanted-w- ;;
    3*) pv_wanted=$pv_wanted-wx ;;
    4*) pv_wanted=${pv_wanted}r-- ;;
    5*) pv_wanted=${pv_wanted}r-x ;;
    6*) pv_wanted=${pv_wanted}rw- ;;
    7*) pv_wanted=${pv_wanted}rwx ;;
    esac
    pv_rest=${pv_rest#?}
  done
}

pv_take () { # length cksum encoding; decodes standard input into the file pv_new
  pv_new=$PV_DIR/n$pv_k
  pv_bad=0
  if [ "$3" = octal ]; then
    while IFS= read -r pv_line; do
      printf "$pv_line" || pv_bad=5
    done >"$pv_new" || pv_bad=5
  else
    cat >"$pv_new" || pv_bad=5
  fi
  if [ "$pv_bad" != 0 ]; then return "$pv_bad"; fi
  pv_sum "$pv_new"
  # A script on the host itself (docs/updater.md) fills in addresses: it is whole or is not run, so it gives no figures.
  if [ "$1.$2" != '-.-' ] && [ "$pv_crc.$pv_len" != "$2.$1" ]; then
    echo "content did not arrive whole: $pv_len of $1 bytes" >&2
    return 4
  fi
  pv_content=$pv_crc.$pv_len
}

pv_install () { # target, mode or nothing to keep that of the target, staged file, its cksum and length with a dot between
  pv_tmp=${1%/*}/.${1##*/}.pv-${pv_stage:-$PV_SEED}
  # A loss of power must leave nothing behind that nobody knows of.
  if [ -n "$pv_keep" ]; then echo "$pv_tmp" >>"$pv_keep/temps" || return 5; fi
  pv_want=$4
  if [ -e "$pv_tmp" ] || [ -h "$pv_tmp" ]; then rm -f "$pv_tmp" || return 5; fi
  if [ -n "$2" ]; then
    { cat "$3" >"$pv_tmp" && chmod "$2" "$pv_tmp"; } || { rm -f "$pv_tmp"; return 5; }
  else
    { cp -p "$1" "$pv_tmp" && cat "$3" >"$pv_tmp"; } || { rm -f "$pv_tmp"; return 5; }
  fi
  pv_sum "$pv_tmp"
  if [ "$pv_crc.$pv_len" != "$pv_want" ]; then
    echo "written file differs: $pv_tmp" >&2
    rm -f "$pv_tmp"
    return 5
  fi
  pv_flag=changed
  # Nothing takes its place before agree has synced all of it.
  if [ -n "$pv_stage" ]; then return 0; fi
  # coreutils' sync takes a file, every other one ignores the word and syncs all.
  if [ -n "$pv_fsync" ]; then "$pv_fsync" "$pv_tmp" || sync; else sync "$pv_tmp" || sync; fi </dev/null >/dev/null 2>&1
  mv -f "$pv_tmp" "$1" </dev/null || { rm -f "$pv_tmp"; pv_flag=same; return 6; }
}

pv_look () { # path
  pv_kind "$1" || return $?
  cat "$1" || return 4
  pv_list "$1" >&2
}

pv_put () { # mode path length cksum encoding
  pv_take "$3" "$4" "$5" || return $?
  pv_kind "$2"
  pv_was=$?
  case $pv_was in
  2|3) return $pv_was ;;
  0)
    pv_sum "$2"
    if [ "$pv_crc.$pv_len" = "$pv_content" ]; then
      pv_letters "$1"
      pv_mode "$2"
      if [ "$pv_bits" = "$pv_wanted" ]; then return 0; fi
    fi
    ;;
  esac
  pv_install "$2" "$1" "$pv_new" "$pv_content"
}

pv_remove () { # path
  pv_kind "$1"
  pv_was=$?
  case $pv_was in
  1) return 0 ;;
  2|3) return $pv_was ;;
  esac
  if [ -n "$pv_stage" ]; then return 0; fi
  rm -f "$1" || return 5
  if [ -f "$1" ]; then return 5; fi
  pv_flag=changed
}

pv_block () { # path name length cksum encoding
  pv_take "$3" "$4" "$5" || return $?
  pv_kind "$1"
  pv_was=$?
  case $pv_was in 2|3) return $pv_was ;; esac
  # The whole block as it will stand, or nothing.
  pv_wrap=$PV_DIR/w$pv_k
  if [ "$3" = 0 ]; then
    cat "$pv_new" >"$pv_wrap" || return 5
  else
    { printf '# BEGIN provision %s\n' "$2" && cat "$pv_new" && printf '# END provision %s\n' "$2"; } >"$pv_wrap" || return 5
  fi
  if [ $pv_was = 1 ]; then
    if [ "$3" = 0 ]; then return 0; fi
    pv_sum "$pv_wrap"
    pv_install "$1" 0644 "$pv_wrap" "$pv_crc.$pv_len"
    return $?
  fi
  pv_next=$PV_DIR/b$pv_k
  pv_splice "$1" "$2" "$3" || return $?
  if [ "$pv_crc.$pv_len" = "$pv_old" ]; then return 0; fi
  # An empty file that is staged for a block says: the file goes.
  if [ "$pv_len" = 0 ] && [ -z "$pv_stage" ]; then
    pv_remove "$1"
    return $?
  fi
  pv_install "$1" '' "$pv_next" "$pv_crc.$pv_len"
}

# --- guard ------------------------------------------------------------------------------------------------

pv_private () { # folder; makes it, or makes sure that it is root's alone
  if [ -h "$1" ]; then
    echo "$1 is a symbolic link" >&2
    return 2
  fi
  # The second try says why, unless another run was faster.
  if [ ! -d "$1" ]; then mkdir "$1" 2>/dev/null || [ -d "$1" ] || mkdir "$1" || return 5; fi
  pv_bits=`ls -ldn "$1" 2>/dev/null`
  if [ -z "$pv_bits" ]; then pv_bits=`ls -ld "$1"`; fi
  set -- "$1" $pv_bits
  case $2.$4 in
  drwx------*.0|drwx------*.root) return 0 ;;
  esac
  echo "$1 is not a folder that root alone may enter: $2 of $4" >&2
  return 3
}

pv_timer () { # run; sets pv_pid to the process of its timer, or to nothing
  pv_pid=
  { read -r pv_pid <"$pv_g/timer.$1"; } 2>/dev/null
}

pv_alive () { # run; whether its timer still runs; one that the system keeps has no pid here and lives as long as its token
  if [ ! -f "$pv_g/timer.$1" ]; then return 0; fi
  pv_timer "$1"
  # Empty: its run is writing it at this moment.
  if [ -z "$pv_pid" ]; then return 0; fi
  kill -0 $pv_pid 2>/dev/null
}

pv_drop () { # keep run; takes away the staged files of this run that have not taken their place
  if [ ! -f "$1/temps" ]; then return 0; fi
  while read -r pv_left; do
    case $pv_left in */.*.pv-$2) if [ -e "$pv_left" ] || [ -h "$pv_left" ]; then rm -f "$pv_left"; fi ;; esac
  done <"$1/temps"
}

pv_clear () { # keep; temporary files and folders of runs that came to no end
  if [ ! -f "$1/temps" ]; then return 0; fi
  while read -r pv_left; do
    case $pv_left in
    "$PV_DIR") ;;
    */.pv-*) if [ -d "$pv_left" ] && [ ! -h "$pv_left" ]; then rm -rf "$pv_left"; fi ;;
    */.*.pv-*) rm -f "$pv_left" ;;
    esac
  done <"$1/temps"
  rm -f "$1/temps"
}

pv_bound () { # file; keeps the newer half of a journal that has grown long
  if [ ! -f "$1" ]; then return 0; fi
  pv_lines=`wc -l <"$1"`
  if [ ${pv_lines:-0} -gt 2000 ]; then sed 1,1000d <"$1" >"$1.new" && mv -f "$1.new" "$1"; fi
}

pv_holder () { # sets pv_holds to the token of the run whose guard stands here, or to nothing
  pv_holds=
  # The variable of a loop does not outlast its function in yash.
  for pv_other in "$pv_g"/armed.* "$pv_g"/agreed.* "$pv_g"/undoing.*; do
    if [ -z "$pv_holds" ] && [ -f "$pv_other" ] && pv_alive "${pv_other##*.}"; then pv_holds=$pv_other; fi
  done
}

pv_admit () { # holder; makes the token of this run, or says who is there
  pv_holder
  if [ -n "$pv_holds" ]; then
    cat "$pv_holds" >&2
    return 7
  fi
  for pv_left in "$pv_g"/*.*; do
    if [ -e "$pv_left" ] || [ -h "$pv_left" ]; then rm -f "$pv_g"/*.*; break; fi
  done
  pv_clear "$pv_keep"
  pv_bound "$pv_keep/journal"
  { cat "$pv_new" >"$pv_g/undo.$pv_run" && echo "$PV_DIR" >"$pv_keep/temps" && echo "$pv_run armed $1" >>"$pv_keep/journal" &&
    printf '%s\n' "$1" >"$pv_g/armed.$pv_run"; } || { rm -f "$pv_g"/*."$pv_run"; return 5; }
}

pv_arm () { # state keep run seconds holder length cksum encoding word...
  pv_take "$6" "$7" "$8" || return $?
  pv_g=$PV_ROOT$1
  pv_keep=$PV_ROOT$2
  pv_run=$3
  pv_secs=$4
  pv_private "${pv_keep%/*}" || return $?
  pv_private "$pv_keep" || return $?
  # Through the door one run at a time, or two would each see that nobody is there. Who died in it holds it for five seconds.
  for pv_wait in 1 2 3 4 5; do
    pv_private "$pv_g" || return $?
    if mkdir "$pv_g/door" 2>/dev/null; then break; fi
    sleep 1
  done
  pv_admit "$5"
  pv_was=$?
  rmdir "$pv_g/door" 2>/dev/null
  if [ $pv_was != 0 ]; then return $pv_was; fi
  pv_flag=changed
  # What is written so far must outlast a loss of power that the first change may bring.
  sync
  shift; shift; shift; shift; shift; shift; shift; shift
  if [ $# -gt 0 ]; then
    ( trap 0; exec "$@" ) </dev/null || { rm -f "$pv_g"/*."$pv_run"; pv_flag=same; return 6; }
    return 0
  fi
  (
    trap '' 1
    trap 0
    trap 'kill $pv_nap; exit 0' 15
    cd /
    sleep "$pv_secs" &
    pv_nap=$!
    wait $pv_nap
    exec /bin/sh "$pv_g/undo.$pv_run"
  ) </dev/null >"$pv_g/log.$pv_run" 2>&1 &
  echo $! >"$pv_g/timer.$pv_run"
}

pv_agree () { # seconds
  echo "$1" >"$pv_g/wait.$pv_with" || return 5
  sync
  # The one rename that decides between agreed and undo.
  if mv "$pv_g/armed.$pv_with" "$pv_g/agreed.$pv_with" 2>/dev/null; then pv_flag=changed; else
    echo 'the guard of this run has fired' >&2
    return 125
  fi
}

pv_settle () { # run put|block|remove path
  if [ "$2" = remove ]; then
    pv_remove "$3"
    return $?
  fi
  pv_tmp=${3%/*}/.${3##*/}.pv-$1
  if [ ! -f "$pv_tmp" ] || [ -h "$pv_tmp" ]; then return 0; fi
  if [ "$2" = block ] && [ ! -s "$pv_tmp" ]; then
    rm -f "$pv_tmp"
    pv_remove "$3"
    return $?
  fi
  pv_sum "$pv_tmp"
  pv_want=$pv_crc.$pv_len
  mv -f "$pv_tmp" "$3" </dev/null || return 6
  pv_flag=changed
  pv_sum "$3"
  if [ "$pv_crc.$pv_len" != "$pv_want" ]; then
    echo "reads back differently: $3" >&2
    return 5
  fi
}

pv_disarm () { # state keep run word...
  pv_g=$PV_ROOT$1
  pv_keep=$PV_ROOT$2
  pv_run=$3
  # The one rename that decides between disarm and undo.
  if mv "$pv_g/armed.$pv_run" "$pv_g/disarmed.$pv_run" 2>/dev/null || mv "$pv_g/agreed.$pv_run" "$pv_g/disarmed.$pv_run" 2>/dev/null; then
    pv_flag=changed
  else
    echo "the guard is not armed: it has fired, or never was" >&2
    # Lost with the power: what its run had staged is of no use to anybody.
    if [ ! -f "$pv_g/undoing.$pv_run" ]; then pv_drop "$pv_keep" "$pv_run"; fi
    return 3
  fi
  shift; shift; shift
  if [ $# -gt 0 ]; then
    ( trap 0; exec "$@" ) </dev/null
  elif [ -f "$pv_g/timer.$pv_run" ]; then
    pv_timer "$pv_run"
    kill $pv_pid 2>/dev/null
  fi
  pv_drop "$pv_keep" "$pv_run"
  rm -f "$pv_keep/temps"
  { echo "$pv_run disarmed" >>"$pv_keep/journal"; } 2>/dev/null
  sync
  rm -f "$pv_g"/*."$pv_run"
  rmdir "$pv_g" 2>/dev/null
  return 0
}

pv_release () { # state run word...
  pv_g=$PV_ROOT$1
  pv_run=$2
  if [ ! -f "$pv_g/armed.$pv_run" ] && [ ! -f "$pv_g/agreed.$pv_run" ]; then
    echo 'the guard of this run does not stand any more' >&2
    return 3
  fi
  shift; shift
  pv_pid=
  if [ -f "$pv_g/timer.$pv_run" ]; then pv_timer "$pv_run"; fi
  # First the work, then the timer: by its rename the script makes sure that only one of the two does it.
  ( trap 0; exec /bin/sh "$pv_g/undo.$pv_run" now ) </dev/null >/dev/null 2>&1
  if [ ! -f "$pv_g/undone.$pv_run" ]; then return 5; fi
  pv_flag=changed
  if [ $# -gt 0 ]; then
    ( trap 0; exec "$@" ) </dev/null >/dev/null 2>&1
  elif [ -n "$pv_pid" ]; then
    kill "$pv_pid" 2>/dev/null
  fi
  rm -f "$pv_g"/*."$pv_run"
  rmdir "$pv_g" 2>/dev/null
  return 0
}

# The old file with the block put in, in pv_next; sets pv_old to the sum of the old one, pv_crc and pv_len to that of the new one.
# Only dd and cat copy what is not ours, by byte counts: an old sed adds a newline at the end of a file that lacks it.
pv_splice () { # path name length
  pv_re=
  pv_rest=$2
  while :; do
    case $pv_rest in *.*) ;; *) break ;; esac
    pv_re="$pv_re${pv_rest%%.*}[.]"
    pv_rest=${pv_rest#*.}
  done
  pv_re=$pv_re$pv_rest
  pv_begins=`grep -c "^# BEGIN provision $pv_re\$" <"$1"`
  pv_ends=`grep -c "^# END provision $pv_re\$" <"$1"`
  pv_sum "$1"
  pv_old=$pv_crc.$pv_len
  pv_size=$pv_len
  case $pv_begins.$pv_ends in
  0.0)
    pv_head=$pv_size
    pv_tail=$pv_size
    ;;
  1.1)
    pv_head=`sed "/^# BEGIN provision $pv_re\\$/,\\$d" <"$1" | wc -c`
    pv_tail=`sed "/^# END provision $pv_re\\$/q" <"$1" | wc -c`
    pv_head=$(($pv_head))
    pv_tail=$(($pv_tail))
    if [ "$pv_tail" -gt "$pv_size" ]; then pv_tail=$pv_size; fi
    if [ "$pv_head" -ge "$pv_tail" ]; then pv_damaged "$2"; return 7; fi
    ;;
  *)
    pv_damaged "$2"
    return 7
    ;;
  esac
  pv_gap=
  if [ "$pv_begins.$pv_size" != "0.0" ] && [ "$pv_begins.$3" != "0.0" ] && [ "$pv_head" = "$pv_size" ]; then
    pv_gap=`dd if="$1" bs=1 skip=$(($pv_size-1)) 2>/dev/null | wc -l`
    if [ $pv_gap = 0 ]; then pv_gap=1; else pv_gap=; fi
  fi
  {
    if [ "$pv_head" -gt 0 ]; then dd if="$1" bs="$pv_head" count=1 2>/dev/null; fi
    if [ -n "$pv_gap" ]; then echo; fi
    cat "$pv_wrap"
    if [ "$pv_tail" -lt "$pv_size" ]; then dd if="$1" bs="$pv_tail" skip=1 2>/dev/null; fi
  } >"$pv_next" || return 5
  pv_sum "$pv_wrap"
  pv_hope=$(($pv_head+${pv_gap:-0}+$pv_len+$pv_size-$pv_tail))
  pv_sum "$pv_next"
  if [ "$pv_len" != "$pv_hope" ]; then
    echo "could not make the new content: $pv_len of $pv_hope bytes" >&2
    return 5
  fi
}

pv_damaged () { # name
  echo "the BEGIN and END lines of block $1 do not stand as we wrote them" >&2
}
}
# end of prelude
