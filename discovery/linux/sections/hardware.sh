if have lscpu; then
  run lscpu lscpu -J
  if [ "$r" != 0 ]; then run lscpu_text lscpu; fi
fi
run cpuinfo grep -E '^(processor|model name|Model|Hardware|Processor|cpu|machine|system type)[[:space:]]*:' /proc/cpuinfo
run meminfo grep -E '^MemTotal' /proc/meminfo
