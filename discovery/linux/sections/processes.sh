run ps ps -eo pid,ppid,user:32,comm -ww
if [ "$r" != 0 ]; then run ps ps -o pid,ppid,user,comm; fi
if [ "$r" != 0 ]; then run ps ps; fi
run arguments sh -c "grep -aH '' /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\037'"
