run mounts cat /proc/self/mounts
