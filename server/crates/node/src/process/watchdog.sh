# Kills a measured program and everything it started when the process that
# launched it dies without saying goodbye (SIGKILL, crash, out of memory).
#
# Standard input is a pipe whose only write end is in the launching process:
#   <id>          first line: the text every process of the program carries in
#                 its environment
#   root <pid>    the program's first process, leader of its process group
#   reaped        that process has ended; its pid may be reused
#   done          the whole tree is gone: nothing to do
# End of file without `done` means that the launcher is dead.
trap '' HUP INT QUIT TERM PIPE
IFS= read -r id || exit 0
[ -n "$id" ] || exit 0
root=
reaped=
while read -r verb arg; do
  case $verb in
    root) root=$arg ;;
    reaped) reaped=1 ;;
    done) exit 0 ;;
  esac
done

# "pid parent" of every process, one per line.
pairs() {
  if [ -r /proc/self/stat ]; then
    for file in /proc/[0-9]*/stat; do
      if read -r line 2>/dev/null <"$file"; then
        pid=${line%% *}
        # The name in parentheses may hold spaces and parentheses.
        set -- ${line##*) }
        echo "$pid $2"
      fi
    done 2>/dev/null
  else
    ps -A -o pid= -o ppid=
  fi
}

descendants() {
  all=$(pairs)
  found=" $root "
  grown=1
  while [ -n "$grown" ]; do
    grown=
    while read -r pid parent; do
      case $found in
        *" $pid "*) ;;
        *" $parent "*) found="$found$pid "; grown=1 ;;
      esac
    done <<PAIRS
$all
PAIRS
  done
  echo "$found"
}

marked() {
  if [ -r /proc/self/environ ]; then
    for file in $(grep -lsF -- "$id" /proc/[0-9]*/environ); do
      file=${file#/proc/}
      echo "${file%/environ}"
    done
  else
    ps -A -E -ww -o pid= -o command= 2>/dev/null | grep -F -- "$id" | while read -r pid rest; do
      [ "$pid" = "$$" ] || echo "$pid"
    done
  fi
}

set -f
quiet=0
round=0
while [ "$quiet" -lt 3 ] && [ "$round" -lt 200 ]; do
  round=$((round + 1))
  set +f
  victims=$(marked)
  # The tree is walked before anything dies: orphans lose their parent.
  if [ -n "$root" ] && [ -z "$reaped" ]; then
    victims="$victims $(descendants)"
  fi
  set -f
  hit=
  # After the root was reaped its pid may belong to a stranger; while nobody
  # has that pid, a group of that number can only be the program's.
  if [ -n "$root" ] && { [ -z "$reaped" ] || ! kill -0 "$root" 2>/dev/null; }; then
    kill -KILL -- "-$root" 2>/dev/null && hit=1
  fi
  for pid in $victims; do
    kill -KILL "$pid" 2>/dev/null && hit=1
  done
  reaped=1
  if [ -n "$hit" ]; then quiet=0; else quiet=$((quiet + 1)); fi
  sleep 0.02 2>/dev/null || sleep 1
done
