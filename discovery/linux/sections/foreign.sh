run host_keys cat /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/ssh_host_ecdsa_key.pub /etc/ssh/ssh_host_rsa_key.pub
run fqdn hostname -f
case $(uname -s) in
  Darwin)
    run sw_vers sw_vers
    run ioreg ioreg -rd1 -c IOPlatformExpertDevice
    run hw_model sysctl -n hw.model
    ;;
  FreeBSD)
    run version freebsd-version -u
    run kenv kenv
    run hostuuid sysctl -n kern.hostuuid
    ;;
esac
