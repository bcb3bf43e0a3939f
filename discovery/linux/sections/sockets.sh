run port_range cat /proc/sys/net/ipv4/ip_local_port_range
if have ss; then
  priv ss 10 ss -HtunapO
  if [ "$r" != 0 ]; then priv ss 10 ss -tunap; fi
else
  r=1
fi
if [ "$r" != 0 ]; then
  for f in tcp tcp6 udp udp6; do
    if [ -e "/proc/net/$f" ]; then run "proc_$f" cat "/proc/net/$f"; fi
  done
  run descriptors sh -c "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -e '^/proc' -e 'socket:'"
fi
