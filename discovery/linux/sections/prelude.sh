# Loaded before every section. M is the marker; S how far we may go (2 root, 1 sudo -n, 0 plain user); T what limits a command's time.
A=user
if [ "$S" = 2 ]; then A=root; fi
# run NAME CMD...: a heading, the command's output, its exit code and the first line of its complaint.
run() {
  n=$1; shift
  printf '%s > %s %s\n' "$M" "$n" "$A"
  { e=$( { "$@" 2>&1 >&3 3>&-; } ); r=$?; } 3>&1
  printf '\n%s < %s %.300s\n' "$M" "$r" "${e%%
*}"
}
# priv NAME SECONDS CMD...: the same, time limited, with root's rights where we have them; where sudo refuses, as the plain user.
priv() {
  p=$1; l=$2; shift 2
  if [ "$S" = 1 ]; then
    A=root; run "$p" t "$l" sudo -n "$@"; A=user
    case "$r:$e" in 0:*) return ;; *:sudo:* | *:Sorry,*) ;; *) return ;; esac
  fi
  run "$p" t "$l" "$@"
}
have() { command -v "$1" >/dev/null 2>&1; }
untimed() { shift; "$@"; }
t() { $T "$@"; }
