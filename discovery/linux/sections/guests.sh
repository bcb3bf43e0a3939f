if have virsh; then priv virsh 10 virsh -r -c qemu:///system list --all --uuid --name; fi
if have pvesh; then
  priv pvesh 15 pvesh get /cluster/resources --type vm --output-format json
  priv qemu_configs 5 grep -rHE '^(name|smbios1|net[0-9]+):' /etc/pve/qemu-server
  priv lxc_configs 5 grep -rHE '^(hostname|net[0-9]+):' /etc/pve/lxc
fi
if have incus; then priv incus 10 incus list --format json
elif have lxc; then priv lxd 10 lxc list --format json; fi
