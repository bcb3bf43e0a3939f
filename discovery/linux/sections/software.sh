if have dpkg-query; then run dpkg t 20 dpkg-query -W -f='${Package}\t${Version}\t${Architecture}\t${Status}\n'; fi
if have rpm; then run rpm t 25 rpm -qa --qf '%{NAME}\t%{EPOCH}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{VENDOR}\n'; fi
if have apk; then
  run apk t 10 apk list -I
  if [ "$r" != 0 ]; then run apk_old t 10 apk info -v; fi
fi
if have pacman; then run pacman t 10 pacman -Q; fi
if have snap; then run snap t 10 snap list; fi
if have flatpak; then run flatpak t 10 flatpak list --columns=application,version,arch,origin; fi
