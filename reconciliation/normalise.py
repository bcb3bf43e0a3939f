"""Normal forms of identifiers: one spelling for one thing. Pure functions; None means "not a value of this kind".

Sources: SMBIOS 2.6 for the two byte orders of a UUID (research of vmware/pyvmomi #688), IEEE 802 for the bits of a MAC,
RFC 1123 for host names, RFC 5952 for IPv6 text.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable

MAX_LENGTH = 512
"""Longest identifier that is looked at; longer ones are refused (a serial of 1 MB is an attack or a bug)."""

_NOT_ALNUM = re.compile(r"[^0-9a-z]")
_HEX = re.compile(r"[0-9a-f]+")
_SPACES = re.compile(r"\s+")
_LABEL = re.compile(
    r"^(?:(?:s/n|\(s\))\s*[.:#=]*\s*|serial\s*[.:#=]+\s*"
    r"|(?:sn|s\.n\.|serial ?(?:no|number|nr|num)|(?:service|svc|serv\.?) ?tag|mfg s/?n)(?:\s*[.:#=]+\s*|\s+(?=\S*[0-9])))"
)
_MAKER = re.compile(
    r"^(?:dell|hp|hpe|hewlett[ -]packard|lenovo|apple|fujitsu|asus|asustek|acer|msi|supermicro|toshiba"
    r"|cisco|juniper|samsung|eizo|brother|canon|epson)"
    r"(?: inc\.?| ltd\.?)?\s*[ :#/_-]\s*(?=[0-9a-z]*[0-9])(?=(?:[^0-9a-z]*[0-9a-z]){6})"
)
"""A maker's name before the number, apart from it. (VMware and Google make their guests' serials so: those stay.)"""
_SPOILT = re.compile(r"[0-9][.,][0-9]+e\+[0-9]+")
_BAR_CODES = (
    (("apple",), re.compile(r"s([0-9a-z]{10,12})")),
    (("lenovo", "ibm"), re.compile(r"1s[0-9a-z]{10}([0-9a-z]{8})")),
    (("lenovo", "ibm"), re.compile(r"1s[0-9a-z]{7}([0-9a-z]{7})")),
)
_IMEI = (14, 15, 16)
"""How many digits an IMEI is written with."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9_-]{0,62})")


def _text(value: str) -> str:
    """Case-folded, NFKC, without control characters and outer spaces."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    return _SPACES.sub(" ", "".join(c for c in folded if c.isprintable() or c == " ")).strip()


def serial(value: str) -> str | None:
    """Letters and digits only, without a label or the maker before it: `S/N: 7XK-2M13 `, `Dell 7XK2M13` and `7xk2m13` are one serial.

    Zeros before a number made of digits only go (spreadsheets drop them); what a spreadsheet turned into `1.23E+11` is no serial any more.
    """
    text = _text(value)
    if _SPOILT.fullmatch(text):
        return None
    bare = _LABEL.sub("", text)
    digits = _NOT_ALNUM.sub("", _MAKER.sub("", bare))
    return (digits.lstrip("0") or digits if digits.isdigit() else digits) or None


_SERVICE_CODE = re.compile(r"[1-9][0-9]{8,10}")
_BASE_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def serial_of(vendor: str, normal: str) -> str:
    """The maker's own forms: Apple's bar codes have an S before the serial, Lenovo's and IBM's `1S` and the machine type; Dell's labels
    have the express service code beside the service tag, which is the tag read as a number to base 36."""
    if vendor == "dell" and _SERVICE_CODE.fullmatch(normal) and len(tag := _to_base_36(int(normal))) == _TAG:
        return tag
    for makers, form in _BAR_CODES:
        if vendor in makers and (found := form.fullmatch(normal)):
            return found[1]
    return normal


_TAG = 7
"""Characters of a service tag of Dell."""


def _to_base_36(number: int) -> str:
    found = ""
    while number:
        number, digit = divmod(number, len(_BASE_36))
        found = _BASE_36[digit] + found
    return found


def uuid_in_serial(normal: str) -> str | None:
    """The UUID that platforms write as the serial of a guest (VMware before a dash, EC2, Google, F5's appliances): 32 hex digits."""
    digits = normal.removeprefix("vmware").removeprefix("googlecloud")
    return uuid(digits)


def uuid(value: str) -> str | None:
    """32 hex digits in the smaller of the two byte orders, so that guest and hypervisor agree on one form."""
    digits = _NOT_ALNUM.sub("", _text(value).removeprefix("urn:uuid:"))
    if len(digits) != 32 or not _HEX.fullmatch(digits):
        return None
    return min(digits, swapped_uuid(digits))


def swapped_uuid(digits: str) -> str:
    """The same UUID with its first three fields in the other byte order. `digits`: 32 hex digits."""
    a, b, c = digits[0:8], digits[8:12], digits[12:16]
    return "".join(re.findall("..", a)[::-1] + re.findall("..", b)[::-1] + re.findall("..", c)[::-1]) + digits[16:]


def mac(value: str) -> str | None:
    """12 hex digits from any spelling (`00:1B:…`, `001b.…`, `00-1b-…`, `0x001b…`; Solaris and macOS leave leading zeros out: `0:1b:…`)."""
    text = _text(value).removeprefix("0x")
    pairs = re.split(r"[:-]", text)
    digits = "".join(p.zfill(2) for p in pairs) if len(pairs) == 6 else _NOT_ALNUM.sub("", text)
    return digits if len(digits) == 12 and _HEX.fullmatch(digits) else None


def is_locally_administered(digits: str) -> bool:
    """IEEE 802: bit 1 of the first octet; random or made by software."""
    return bool(int(digits[:2], 16) & 2)


def is_multicast(digits: str) -> bool:
    """IEEE 802: bit 0 of the first octet; never the address of one machine."""
    return bool(int(digits[:2], 16) & 1)


def hostname(value: str) -> str | None:
    """First label, lower case; None for addresses and nonsense."""
    text = _text(value).rstrip(".")
    if _is_address(text):
        return None
    label = text.split(".", 1)[0]
    return label if _HOST.fullmatch(label) else None


def fqdn(value: str) -> str | None:
    """All labels, lower case, no trailing dot; None where there is only one label."""
    text = _text(value).rstrip(".")
    if "." not in text or _is_address(text) or " " in text:
        return None
    labels = text.split(".")
    return text if all(_HOST.fullmatch(label) for label in labels) else None


def email(value: str) -> str | None:
    """Lower case; must have one @ with something on both sides."""
    text = _text(value)
    local, at, domain = text.rpartition("@")
    return text if at and local and domain and " " not in text else None


def address(value: str) -> str | None:
    """Canonical text of an IPv4 or IPv6 address, without zone and prefix length."""
    try:
        return str(ipaddress.ip_address(_text(value).split("%")[0].split("/")[0]))
    except ValueError:
        return None


def prefix(value: str) -> str | None:
    """Canonical text of an IP prefix; host bits are dropped."""
    try:
        return str(ipaddress.ip_network(_text(value), strict=False))
    except ValueError:
        return None


def hexadecimal(value: str) -> str | None:
    """Hex digits only, lower case (`SHA256:`, colons and `0x` dropped)."""
    text = _text(value).removeprefix("0x").removeprefix("sha256:")
    digits = _NOT_ALNUM.sub("", text)
    return digits or None


def key(value: str) -> str | None:
    """An SSH host key `type base64 [comment]`: type and key, case kept, since base64 is case-sensitive."""
    parts = value.strip().split()
    return f"{parts[0].lower()} {parts[1]}" if len(parts) >= 2 and len(parts[1]) >= 16 else None


def chassis(value: str) -> str | None:
    """An LLDP chassis id: as a MAC where it is one, else as a word."""
    return mac(value) or word(value)


def word(value: str) -> str | None:
    """Folded text as it is."""
    return _text(value) or None


def tag(value: str) -> str | None:
    """An asset tag as scanners type it: folded, inner spaces removed."""
    return _text(value).replace(" ", "") or None


def digits(value: str) -> str | None:
    """Digits only, fourteen or more."""
    found = re.sub(r"[^0-9]", "", value)
    return found if len(found) >= 14 else None


def imei(value: str) -> str | None:
    """The fourteen digits that are the number itself (3GPP TS 23.003): what follows is a check digit, or the two of the software version,
    and lists have either, or neither. Of several numbers in one cell, the first."""
    parts = [value] if len(re.sub(r"[^0-9]", "", value)) <= _IMEI[-1] else re.split(r"[,;/|]+", value.strip())
    found = re.sub(r"[^0-9]", "", parts[0])
    return found[: _IMEI[0]] if len(found) in _IMEI else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


FORMS: dict[str, Callable[[str], str | None]] = {
    "serial": serial,
    "uuid": uuid,
    "mac": mac,
    "hostname": hostname,
    "fqdn": fqdn,
    "email": email,
    "address": address,
    "prefix": prefix,
    "hex": hexadecimal,
    "key": key,
    "chassis": chassis,
    "word": word,
    "name": word,
    "tag": tag,
    "digits": digits,
    "imei": imei,
}
"""Normaliser by the name used in data/identifiers.yaml."""

_VENDOR_ENDINGS = re.compile(
    r"\b(inc|incorporated|corp|corporation|ltd|limited|llc|gmbh|ag|co|company|computer|computers|technologies|technology|systems|system|"
    r"networks|international|electronics|group|enterprise|foundation)\b"
)
_VENDOR_ALIASES = {
    "hewlett packard": "hp",
    "hewlettpackard": "hp",
    "hpe": "hp",
    "hewlett": "hp",
    "super micro": "supermicro",
    "eisupermicro": "supermicro",
    "fts": "fujitsu",
    "micro star": "msi",
    "del": "dell",
    "len": "lenovo",
    "hpn": "hp",
    "hwp": "hp",
    "sam": "samsung",
    "gsm": "lg",
    "goldstar": "lg",
    "acr": "acer",
    "enc": "eizo",
    "bnq": "benq",
    "phl": "philips",
    "asustek": "asus",
    "apple": "apple",
    "international business machines": "ibm",
    "juniper": "juniper",
    "ciscosystems": "cisco",
}


def vendor(value: str) -> str:
    """A vendor's short name for comparing: `Dell Inc.` and `DELL` agree. Empty when nothing is left."""
    text = re.sub(r"[^0-9a-z ]", " ", _text(value))
    text = _SPACES.sub(" ", _VENDOR_ENDINGS.sub(" ", text)).strip()
    return _VENDOR_ALIASES.get(text, text)
