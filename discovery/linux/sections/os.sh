if [ -r /etc/os-release ]; then run os_release cat /etc/os-release
elif [ -r /usr/lib/os-release ]; then run os_release cat /usr/lib/os-release
elif [ -r /etc.defaults/VERSION ]; then run dsm_version cat /etc.defaults/VERSION
elif [ -r /etc/SuSE-release ]; then run suse_release cat /etc/SuSE-release
elif [ -r /etc/redhat-release ]; then run redhat_release cat /etc/redhat-release
elif [ -r /etc/alpine-release ]; then run alpine_release cat /etc/alpine-release
elif [ -r /etc/lsb-release ]; then run lsb_release cat /etc/lsb-release
elif [ -r /etc/debian_version ]; then run debian_version cat /etc/debian_version; fi
run boot_time grep '^btime' /proc/stat
run boot_id cat /proc/sys/kernel/random/boot_id
if have systemctl; then run target t 5 systemctl get-default; fi
