#!/bin/sh
# Runs a script with the newest Python that is new enough, or says in one sentence why it cannot.
# Usage: sh tools/python.sh SCRIPT [ARGUMENT…]; PYTHON=… names the interpreter to use.
wanted='import sys; print("%d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))'
seen=''
for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    # A version manager's stub can be on PATH and have nothing behind it: what counts is what runs.
    if version=$("$path" -c "$wanted" 2>/dev/null); then
        exec "$path" "$@"
    fi
    [ -n "$version" ] && [ -z "$seen" ] && seen="found $version at $path"
done
if [ -n "$PYTHON" ] && [ -z "$seen" ]; then
    seen="PYTHON=$PYTHON does not run"
fi
echo "Moorings needs Python 3.11 or newer; ${seen:-found none on PATH}; set PYTHON=/path/to/python3 and try again." >&2
exit 1
