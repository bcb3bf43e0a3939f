"""What each kind of credential consists of, and what is wrong with one. Messages name the field, never its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from cmdb.errors import Invalid

AUTH_PROTOCOLS = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIV_PROTOCOLS = ("des", "aes", "aes192", "aes256", "aes192c", "aes256c")
SWITCHES: Mapping[str, bool] = {"allow_legacy": False, "sudo": True}
"""Fields that are yes or no, and what holds where one is not given."""
_SPELT = {"yes": "yes", "true": "yes", "1": "yes", "on": "yes", "no": "no", "false": "no", "0": "no", "off": "no"}
_SPELLINGS = {"sha1": "sha", "aes128": "aes", "none": ""}
_FIELD_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class KindOfCredential:
    """The fields a kind must and may have, and which of them are secret (a form hides those)."""

    name: str
    title: str
    must: tuple[str, ...]
    may: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


_V3 = ("auth_protocol", "auth_password", "priv_protocol", "priv_password", "context")
_SSH = ("allow_legacy", "sudo")
KINDS: Mapping[str, KindOfCredential] = {
    kind.name: kind
    for kind in (
        KindOfCredential("snmp-v1", "SNMP v1 community", ("community",), secret=("community",)),
        KindOfCredential("snmp-v2c", "SNMP v2c community", ("community",), secret=("community",)),
        KindOfCredential("snmp-v3", "SNMP v3 user", ("user",), _V3, ("auth_password", "priv_password")),
        KindOfCredential("ssh-password", "SSH user and password", ("user", "password"), _SSH, ("password",)),
        KindOfCredential(
            "ssh-key", "SSH user and private key", ("user", "private_key"), ("passphrase", *_SSH), ("private_key", "passphrase")
        ),
        KindOfCredential("ssh-agent", "SSH user, keys of the running ssh-agent", ("user",), _SSH),
    )
}


def checked(kind: str, secret: Mapping[str, str]) -> dict[str, str]:
    """The fields in their normal form, empty ones left out. Raises `Invalid` naming the field and the fix."""
    if kind not in KINDS:
        raise Invalid(f"There is no such kind of credential; use one of {', '.join(KINDS)}.", field="kind")
    known = KINDS[kind]
    for field in secret:
        if field not in (*known.must, *known.may):
            raise Invalid(f"A credential of kind {kind} has no such field; it has {', '.join((*known.must, *known.may))}.", field="secret")
    fields = {field: _text(field, value) for field, value in secret.items() if value}
    for field in known.must:
        if not fields.get(field):
            raise Invalid(f"A credential of kind {kind} needs the field {field}.", field=field)
    for field in SWITCHES:
        if field in fields:
            fields[field] = _switch(field, fields[field])
    if kind == "snmp-v3":
        _check_snmp_v3(fields)
    elif kind == "ssh-key":
        _check_private_key(fields)
    return {field: value for field, value in fields.items() if value}


def _text(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(f"The field {field} must be a text.", field=field)
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise Invalid(f"The field {field} holds characters that cannot be written.", field=field) from None
    if size > _FIELD_LIMIT:
        raise Invalid(f"The field {field} is longer than {_FIELD_LIMIT:,} bytes.", field=field)
    if field == "private_key":
        return value.replace("\r\n", "\n").strip() + "\n"  # OpenSSH refuses a key without its last line end
    if "\n" in value or "\r" in value or "\0" in value:
        raise Invalid(f"The field {field} holds a line end; give it as one line.", field=field)
    return value.strip() if field in ("user", "auth_protocol", "priv_protocol") else value


def _switch(field: str, value: str) -> str:
    spelt = _SPELT.get(value.strip().lower())
    if spelt is None:
        raise Invalid(f"The field {field} is yes or no.", field=field)
    return spelt


def _check_snmp_v3(fields: dict[str, str]) -> None:
    if len(fields["user"].encode()) > 32:
        raise Invalid("An SNMPv3 user name has at most 32 bytes.", field="user")
    for part, known in (("auth", AUTH_PROTOCOLS), ("priv", PRIV_PROTOCOLS)):
        protocol, password = f"{part}_protocol", f"{part}_password"
        spelt = fields.get(protocol, "").lower().replace("-", "")
        fields[protocol] = _SPELLINGS.get(spelt, spelt)
        if fields[protocol] and fields[protocol] not in known:
            raise Invalid(f"The {protocol} must be one of {', '.join(known)}.", field=protocol)
        if bool(fields[protocol]) != bool(fields.get(password)):
            raise Invalid(f"Give {protocol} and {password} together, or neither.", field=password)
        if fields.get(password) and len(fields[password]) < 8:
            raise Invalid(f"The {password} needs at least 8 characters (RFC 3414, section 11.2).", field=password)
    if fields["priv_protocol"] and not fields["auth_protocol"]:
        raise Invalid("SNMPv3 has no privacy without authentication: give auth_protocol and auth_password too.", field="auth_protocol")


def _check_private_key(fields: dict[str, str]) -> None:
    text = fields["private_key"]
    if text.startswith(("ssh-", "ecdsa-", "sk-")):
        raise Invalid("This is the public half of a key; give the private one (the file without .pub).", field="private_key")
    if text.startswith("PuTTY-User-Key-File"):
        raise Invalid("This is a PuTTY key; export it with puttygen as an OpenSSH key first.", field="private_key")
    if not text.startswith("-----BEGIN ") or "PRIVATE KEY-----" not in text:
        raise Invalid(
            "This is no private key in OpenSSH or PEM form; it should begin with -----BEGIN … PRIVATE KEY-----.", field="private_key"
        )
    load = load_ssh_private_key if "BEGIN OPENSSH" in text else load_pem_private_key
    passphrase = fields.get("passphrase")
    try:
        load(text.encode(), passphrase.encode() if passphrase else None)
    except TypeError:
        wrong = (
            "The private key is encrypted: give its passphrase."
            if not passphrase
            else "The private key is not encrypted: leave the passphrase out."
        )
        raise Invalid(wrong, field="passphrase") from None
    except ValueError:
        if passphrase:
            raise Invalid("The private key does not open with this passphrase, or is damaged.", field="passphrase") from None
        raise Invalid("The private key cannot be read; is it whole, or does it need a passphrase?", field="private_key") from None
    except UnsupportedAlgorithm:
        pass  # an exotic kind of key: whether it works is for the SSH library to say
