if have docker; then priv docker 10 docker ps -a --no-trunc --format '{{json .}}'; fi
if have podman; then priv podman 10 podman ps -a --format json; fi
if have crictl; then priv crictl 10 crictl ps -a -o json; fi
