# apt-get -s only computes. What Ubuntu hands out by and by would count as kept back; only updates that mend no holes are handed out so.
# Its package cache is used where it is current and kept in memory where it is not, so that nothing is written.
apt_simulation() {
  if [ /var/cache/apt/pkgcache.bin -nt /var/lib/apt/lists ] && [ /var/cache/apt/pkgcache.bin -nt /var/lib/dpkg/status ]; then
    apt-get -s -q --with-new-pkgs -o APT::Get::Always-Include-Phased-Updates=true -o Debug::NoLocking=1 -o Dir::Cache::srcpkgcache= upgrade
  else
    apt-get -s -q --with-new-pkgs -o APT::Get::Always-Include-Phased-Updates=true -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= upgrade
  fi
}
marks() {
  for f in /run/reboot-required /var/run/reboot-required; do
    if [ -e "$f" ]; then echo required; fi
  done
  if [ -e /usr/share/update-notifier/notify-reboot-required ]; then echo notifier; fi
}
run marks marks
run kernels ls /boot
if have needs-restarting; then run needs_restarting t 15 needs-restarting -r; fi
if have apt-get && [ -d /var/lib/apt/lists ]; then
  run apt_lists ls /var/lib/apt/lists
  run apt_dates grep -h '^Date: ' /var/lib/apt/lists/*ecurity*Release
  run apt apt_simulation
fi
