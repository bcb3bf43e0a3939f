if have systemctl; then
  run systemd t 10 systemctl list-units --type=service --all --plain --no-legend --no-pager --full
  if [ "$r" = 0 ]; then run systemd_files t 10 systemctl list-unit-files --type=service --no-legend --no-pager --full; fi
else
  r=1
fi
if [ "$r" != 0 ] && have rc-status; then run openrc t 10 rc-status --servicelist; fi
if [ "$r" != 0 ] && [ -d /etc/init.d ]; then run initd ls /etc/init.d; fi
