modules() {
  if [ -r /proc/modules ]; then echo readable; fi
  for f in nf_tables ip_tables ip6_tables; do
    if [ -d "/sys/module/$f" ]; then echo "$f"; fi
  done
}
firmware() {
  if [ -d /sys/firmware/efi ]; then echo efi; elif [ -d /sys/firmware ]; then echo bios; fi
}
signatures() {
  for f in /var/lib/clamav/daily.cld /var/lib/clamav/daily.cvd; do
    if [ -r "$f" ]; then head -c 120 "$f" | tr -d '\000'; echo; fi
  done
}
if have nft; then priv nft 10 nft -j list ruleset; fi
zfs_root() {
  while read -r d p f _; do
    if [ "$p" = / ] && [ "$f" = zfs ]; then zfs get -H -o value encryption "$d"; fi
  done </proc/self/mounts
}
# saved COMMAND PROC: its legacy form would load the module it looks into: only where that is there already, or where nft cannot tell.
# Its newer form tells what nft shows by names alone.
saved() {
  have "$1-save" || return
  case "$("$1-save" -V 2>/dev/null)" in
  *nf_tables*)
    priv "$1" 10 "$1-save" -t filter
    if [ -e "/proc/net/$2" ] && have "$1-legacy-save"; then priv "$1_legacy" 10 "$1-legacy-save" -t filter; fi
    ;;
  *) if ! have nft || [ -e "/proc/net/$2" ]; then priv "$1" 10 "$1-save" -t filter; fi ;;
  esac
}
saved iptables ip_tables_names
saved ip6tables ip6_tables_names
if have ufw; then priv ufw 10 ufw status; fi
if have firewall-cmd; then run firewalld t 10 firewall-cmd --state; fi
run modules modules
if have getenforce; then run selinux getenforce; fi
if [ -r /sys/module/apparmor/parameters/enabled ]; then run apparmor cat /sys/module/apparmor/parameters/enabled; fi
if [ -r /sys/kernel/security/lsm ]; then run lsm cat /sys/kernel/security/lsm; fi
run firmware firmware
if [ -d /sys/firmware/efi/efivars ]; then run secure_boot od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c; fi
if have mdatp; then run mdatp t 15 mdatp health --output json; fi
run signatures signatures
if have zfs; then run zfs_root zfs_root; fi
