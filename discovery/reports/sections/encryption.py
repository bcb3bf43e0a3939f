"""Whether the system disk is encrypted, as far as this agent can tell on this system (data/capability.yaml)."""

from __future__ import annotations

import re

from discovery.reports.capability import capability
from discovery.reports.report import Report, Row
from discovery.reports.sight import Sight
from discovery.reports.tables import table
from discovery.reports.values import text, truth

_WORDS: dict[str, bool] = {"yes": True, "no": False, "partially": False}
_NO_CIPHER = re.compile(r"none\b|(?:.*[-_])?(?:cipher_)?null\b", re.IGNORECASE)
_NO_KIND = ("verity", "integrity", "n/a", "none")
"""What cryptsetup also manages, and what encrypts nothing: dm-verity and dm-integrity."""
_UNDER_WAY = re.compile(r"progress|paused|suspend|decrypt", re.IGNORECASE)
"""BitLocker's states of conversion in which not all is encrypted."""
_FIRST_LINE = ("glpi", "fusioninventory", "osquery")
"""Who says that FileVault is on as soon as it was switched on (data/filevault.yaml)."""
_MODEL = re.compile(r"([A-Za-z]{3,20})(\d{1,3}),\d", re.ASCII)
_BELOW_ONE = ("glpi", "fusioninventory")
"""Linux/Drives.pm says Yes of a volume as soon as one of the devices below it is encrypted."""
_MAPPED = ("/dev/mapper/", "/dev/dm-")
"""Where an encrypted disk of a volume group is; a plain one is elsewhere."""
UNTOLD = "a partial report leaves out volume groups that stayed as they were"
_FIXED = ("local disk", "fixed drive", "fixed disk")
"""What Windows calls a drive that stays."""
_PLUGIN: dict[str, bool] = {"enabled": True, "locked": True, "unlocked": False, "on": True, "off": False}
"""OCS's bitlockerstatus: version 1.00 says ENABLED, and DISABLED for off and unknown alike; 1.1 says Locked for on and Unlocked for off;
its PowerShell says On, Off and Unknown. Off is a suspended one, too."""


def read(sight: Sight) -> None:
    """disk_encrypted and its method. What was said before ends where the agent lists disks and says it no more."""
    report = sight.report
    drive = system_drive(report)
    can = capability("disk_encrypted", report.product, sight.platform)
    _every_disk(sight, can.yes and can.no)
    looked = report.has("drives") or report.has("bitlockerstatus")
    answer = can.hears(_said_of(drive)) if drive else None
    if answer and (doubt := _doubt(report, sight.platform)):
        answer, looked = None, looked and doubt != UNTOLD
    if drive and answer is not None:
        sight.say(disk_encrypted=answer)
        method = " ".join(filter(None, (text(drive.get("encrypt_name")), text(drive.get("encrypt_algo")))))
        if answer:
            sight.say(disk_encryption_method=method)
        else:
            sight.end("disk_encryption_method")
    elif looked and (can.yes or can.no):
        sight.end("disk_encrypted", "disk_encryption_method")


def _doubt(report: Report, platform: str) -> str:
    """Why the agent's yes is none: it does not see what lies below a volume group, nor that a Mac is still on the way."""
    if platform == "macos" and report.product in _FIRST_LINE:
        found = _MODEL.match(text(report.one("bios").get("smodel")))
        first = table("filevault")["at_once"].get(found[1]) if found else None
        return "" if found and first is not None and int(found[2]) >= first else "on older Macs FileVault is on before all is encrypted"
    if platform != "linux" or report.product not in _BELOW_ONE:
        return ""
    if report.partial and not report.has("physical_volumes"):
        return UNTOLD
    groups: dict[str, set[bool]] = {}
    for row in report.rows("physical_volumes"):
        groups.setdefault(text(row.get("vg_uuid")), set()).add(text(row.get("device")).startswith(_MAPPED))
    return "a volume group is over encrypted and plain disks" if any(len(kinds) > 1 for kinds in groups.values()) else ""


def _said_of(drive: Row) -> bool | None:
    """What the row says; nothing where it says yes with a kind or cipher that encrypts nothing."""
    word = _WORDS.get(text(drive.get("encrypt_status")).lower())
    kind, cipher = text(drive.get("encrypt_name")).lower(), text(drive.get("encrypt_algo"))
    return None if word and (kind.startswith(_NO_KIND) or _NO_CIPHER.match(cipher) or _NO_CIPHER.match(kind)) else word


def _every_disk(sight: Sight, both: bool) -> None:
    """all_disks_encrypted, where the agent says yes and no of each fixed drive; one of which nobody knows leaves it open."""
    fixed = [row for row in sight.report.rows("drives") if text(row.get("type")).lower() in _FIXED]
    said = [_said_of(row) for row in fixed]
    if both and said and (False in said or None not in said):
        sight.say(all_disks_encrypted=False not in said)
    elif both and sight.report.has("drives"):
        sight.end("all_disks_encrypted")


def system_drive(report: Report) -> Row | None:
    """The row of the volume that the system starts from."""
    drives = report.rows("drives")
    marked = next((d for d in drives if truth(d.get("systemdrive"))), None)
    root = next((d for d in drives if text(d.get("type")) == "/"), None)
    letter = next((d for d in drives if text(d.get("letter")).upper().startswith("C:")), None)
    found = marked or root or letter
    plugin = _from_plugin(report)
    return {**(found or {}), **plugin} if plugin else found


def _from_plugin(report: Report) -> Row:
    """What OCS's plugin says of the volume that holds the system: the one it calls so, else C:."""
    rows = report.rows("bitlockerstatus")
    own = [row for row in rows if text(row.get("volumetype")).lower() == "operatingsystem"] or rows
    named = [row for row in own if text(row.get("drive")).upper().startswith("C:")]
    row = next(iter(named or (own if own is not rows else [])), None)
    if row is None:
        return {}
    on = _PLUGIN.get(text(row.get("protectionstatus")).lower())
    if on and _UNDER_WAY.search(text(row.get("conversionstatus"))):
        on = None
    status = "Unknown" if on is None else "Yes" if on else "No"
    return {"encrypt_status": status, "encrypt_name": "BitLocker", "encrypt_algo": text(row.get("encrypmethod"))}
