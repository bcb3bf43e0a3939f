# What the kernel shows of each interface. "device" exists only for a real port (or a paravirtual one), its bus tells USB from the rest.
ports() {
  for d in /sys/class/net/*; do
    [ -d "$d" ] || continue
    printf 'if=%s\n' "${d##*/}"
    for f in ifindex type address addr_assign_type speed mtu flags operstate ifalias bonding_slave/perm_hwaddr; do
      v=
      { IFS= read -r v <"$d/$f"; } 2>/dev/null
      if [ -n "$v" ]; then printf '%s=%s\n' "$f" "$v"; fi
    done
    for f in bridge bonding wireless phy80211 tun_flags; do
      if [ -e "$d/$f" ]; then printf 'has=%s\n' "$f"; fi
    done
    if [ -e "$d/master" ]; then m=$(readlink "$d/master"); printf 'master=%s\n' "${m##*/}"; fi
    if [ -e "$d/device" ]; then
      m=$(readlink -f "$d/device"); printf 'device=%s\n' "$m"
      if [ "$E" = 1 ]; then ethtool -P "${d##*/}"; fi
    fi
  done
}
E=0
if have ethtool; then E=1; fi
run ports ports
if have ip; then
  run addresses ip -j -d addr
  if [ "$r" != 0 ]; then run addresses_text ip -o addr; fi
else
  run ifconfig ifconfig -a
fi
