blocks() {
  for d in /sys/block/*; do
    [ -d "$d" ] || continue
    printf 'disk=%s\n' "${d##*/}"
    for f in size removable queue/rotational device/vendor device/model device/serial device/wwid wwid; do
      v=
      { IFS= read -r v <"$d/$f"; } 2>/dev/null
      if [ -n "$v" ]; then printf '%s=%s\n' "$f" "$v"; fi
    done
  done
}
c=NAME,KNAME,PKNAME,TYPE,SIZE
if have lsblk; then
  run lsblk t 10 lsblk -J -b -o "$c,VENDOR,MODEL,SERIAL,WWN,FSTYPE,FSVER,MOUNTPOINT,ROTA,RM,TRAN"
  if [ "$r" != 0 ]; then run lsblk t 10 lsblk -J -b -o "$c,VENDOR,MODEL,SERIAL,WWN,FSTYPE,MOUNTPOINT,ROTA,RM,TRAN"; fi
  if [ "$r" != 0 ]; then run lsblk_pairs t 10 lsblk -P -b -o "$c,MODEL,SERIAL,WWN,FSTYPE,MOUNTPOINT,ROTA,RM"; fi
  if [ "$r" != 0 ]; then run lsblk_pairs t 10 lsblk -P -b -o NAME,KNAME,TYPE,SIZE,MODEL,FSTYPE,MOUNTPOINT,ROTA,RM; fi
fi
run blocks blocks
