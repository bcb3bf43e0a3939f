#!/bin/sh
# Makes the password of the graph for docker-compose.yml, once. The folder is closed to others; the files in it must be readable
# by the unprivileged user inside the containers, so they are open and the folder is not.
set -eu
cd "$(dirname "$0")/.."
[ -e secrets/graph_password ] && { echo "secrets/ is there already; nothing changed."; exit 0; }
mkdir -m 700 -p secrets
password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
printf '%s' "$password" > secrets/graph_password
printf 'neo4j/%s' "$password" > secrets/graph_auth
chmod 444 secrets/graph_password secrets/graph_auth
echo "Made secrets/graph_password and secrets/graph_auth."
