"""Which names announce a secret, and which programs take secrets in options of their own. Data for `discovery.redact`."""

from __future__ import annotations

import re
from itertools import pairwise

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ANYWHERE = tuple(
    "password passwd passphrase passcode secret apikey accesskey privatekey credential authtoken authorization".split()  # noqa: SIM905
)
_WHOLE_PARTS = frozenset(
    [
        "pass",
        "pwd",
        "pw",
        "token",
        "tokens",
        "auth",
        "cookie",
        "pin",
        "otp",
        "psk",
        "sas",
        "dsn",
        "community",
        "bearer",
        "jwt",
        "pat",
        "sig",
        "signature",
        "passin",
        "passout",
        "requirepass",
        "masterauth",
        "sessionid",
    ]
)
_ENDINGS = ("pwd", "pass", "token", "secret", "passwd", "pw")
_KEYS = frozenset(
    "api access private account shared encryption signing master license auth session storage subscription".split()  # noqa: SIM905
)
_FILES = frozenset({"file", "path", "dir", "directory"})


def is_secret_name(name: str, value: str = "") -> bool:
    """Whether a flag, variable or field of this name holds a secret. `--password-file /path` names a place, not a secret."""
    parts = [part.lower() for part in _PARTS.findall(name[:200].removeprefix("-D"))]
    joined = "".join(parts)
    if parts and parts[-1] in _FILES and value.startswith("/"):
        return False
    if any(word in joined for word in _ANYWHERE) or not _WHOLE_PARTS.isdisjoint(parts):
        return True
    if any(part.endswith(_ENDINGS) for part in parts):
        return True
    return any((first in _KEYS and second in ("key", "keys")) or (first, second) == ("session", "id") for first, second in pairwise(parts))


def _by_program(options: dict[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for option, programs in options.items():
        for program in programs.split():
            found[program] = (*found.get(program, ()), option)
    # The longer option first: plink's -pw is not -p with the secret "w".
    return {program: tuple(sorted(several, key=len, reverse=True)) for program, several in found.items()}


_MYSQL = "mysql mysqldump mysqladmin mysqlimport mysqlshow mysqlcheck mysqlslap mysqlbinlog mydumper myloader xtrabackup"
_MARIADB = "mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariabackup"
_MONGO = "mongo mongosh mongodump mongorestore mongoexport mongoimport"
_LDAP = "ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami ldapcompare"
_SNMP = "snmpget snmpgetnext snmpwalk snmpbulkwalk snmpbulkget snmpset snmptrap snmptable"

GLUED_OPTIONS = _by_program(
    {
        "-p": f"{_MYSQL} {_MARIADB} {_MONGO} sshpass 7z 7za 7zr rar unrar cqlsh influx rabbitmqadmin",
        "-P": "sqlcmd bcp isql tsql zip unzip ipmitool ipmi-sensors",
        "-a": "redis-cli valkey-cli keydb-cli redis-benchmark http https xh",
        "-w": _LDAP,
        "-u": "curl",
        "-U": "smbclient smbget rpcclient net curl winexe",
        "-A": f"{_SNMP} snmpd snmptrapd",
        "-X": f"{_SNMP} snmpd snmptrapd",
        "-c": f"{_SNMP} onesixtyone",
        "-pw": "plink pscp psftp putty",
        "-b": "curl",
        "-k": "openssl",
        "-K": "openssl",
        "/p:": "xfreerdp wlfreerdp sdl-freerdp xfreerdp3",
    }
)
"""Program → options whose secret is glued on or stands in the next word."""

WHOLE_LINE = frozenset({"htpasswd", "chpasswd", "mkpasswd", "sqlplus", "expdp", "impdp", "rman", "sqlldr", "smbpasswd"})
"""Programs that take a secret anywhere: of these only the name is kept."""

SPECIAL_PROGRAMS = frozenset(GLUED_OPTIONS)
