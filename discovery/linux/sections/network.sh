if have ip; then
  run routes ip -j route
  if [ "$r" = 0 ]; then
    run routes6 ip -j -6 route
    run neighbours ip -j neigh
  else
    run routes_text ip route
    run routes6_text ip -6 route
    run neighbours_text ip neigh
  fi
else
  run proc_route cat /proc/net/route
  run proc_arp cat /proc/net/arp
fi
if have lldpctl; then
  priv lldp 5 lldpctl -f json0
  if [ "$r" != 0 ]; then priv lldp 5 lldpctl -f json; fi
fi
