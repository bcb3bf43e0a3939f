# One value a line: name=value, or name! where it is there and may not be read. No process is started.
dmi() {
  for f in sys_vendor product_name product_version product_sku product_serial product_uuid board_vendor board_name board_serial \
    board_asset_tag chassis_vendor chassis_type chassis_serial chassis_asset_tag bios_vendor bios_version bios_date; do
    p=/sys/class/dmi/id/$f
    [ -e "$p" ] || continue
    v=
    if [ -r "$p" ] && { IFS= read -r v <"$p" || [ -n "$v" ]; } 2>/dev/null; then printf '%s=%s\n' "$f" "$v"; else printf '%s!\n' "$f"; fi
  done
}
devicetree() {
  for f in model serial-number system-id; do
    p=/proc/device-tree/$f
    if [ -e "$p" ]; then printf '%s=' "$f"; tr -d '\000\n' <"$p"; echo; fi
  done
}
marks() {
  for f in /.dockerenv /run/.containerenv /proc/vz /proc/bc /proc/xen /dev/lxd/sock; do
    if [ -e "$f" ]; then printf 'has=%s\n' "$f"; fi
  done
  for f in /run/systemd/container /sys/hypervisor/type /run/cloud-init/cloud-id /var/lib/cloud/data/instance-id; do
    v=
    if [ -r "$f" ]; then IFS= read -r v <"$f"; printf '%s=%s\n' "$f" "$v"; fi
  done
}
if [ -s /etc/machine-id ]; then run machine_id cat /etc/machine-id; else run machine_id cat /var/lib/dbus/machine-id; fi
if [ -d /sys/class/dmi/id ]; then
  run dmi dmi
  if [ "$S" = 1 ] && [ ! -r /sys/class/dmi/id/product_serial ]; then priv dmidecode 10 dmidecode -q -t 1,2,3; fi
elif [ "$S" != 0 ] && have dmidecode && [ -e /dev/mem ]; then
  priv dmidecode 10 dmidecode -q -t 0,1,2,3
fi
if [ -d /proc/device-tree ]; then run devicetree devicetree; fi
if [ -e /proc/sysinfo ]; then run sysinfo head -n 30 /proc/sysinfo; fi
run host_keys cat /etc/ssh/ssh_host_*_key.pub
run marks marks
run namespaces ls -l /proc/self/ns/pid /proc/self/ns/uts
if have systemd-detect-virt; then
  run virt_vm t 5 systemd-detect-virt --vm
  run virt_container t 5 systemd-detect-virt --container
fi
run fqdn t 3 hostname -f
