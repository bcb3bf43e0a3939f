"""What opens a device over SNMP. Secrets stay out of every repr, log and message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from cmdb.errors import Invalid

Version = Literal["1", "2c", "3"]

AUTH_PROTOCOLS = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIV_PROTOCOLS = ("des", "aes", "aes192", "aes256", "aes192c", "aes256c")
"""A trailing `c` is the key extension that Cisco devices use (Reeder) in place of Blumenthal's."""

_SPELLINGS = {"sha1": "sha", "sha-1": "sha", "aes128": "aes", "none": ""}


@dataclass(frozen=True, slots=True)
class SnmpCredential:
    """A community (v1, v2c) or a user of the user-based security model (v3, RFC 3414)."""

    version: Version
    community: str = field(default="", repr=False)
    user: str = ""
    auth_protocol: str = ""
    auth_password: str = field(default="", repr=False)
    priv_protocol: str = ""
    priv_password: str = field(default="", repr=False)
    context: str = ""

    def __post_init__(self) -> None:
        """Raises Invalid with the field at fault; never repeats a secret."""
        if self.version not in ("1", "2c", "3"):
            raise Invalid("SNMP version must be 1, 2c or 3.", field="version")
        if self.version == "3":
            self._check_user()
        elif not self.community:
            raise Invalid("An SNMP v1 or v2c credential needs a community.", field="community")

    def _check_user(self) -> None:
        if not self.user or len(self.user.encode()) > 32:
            raise Invalid("An SNMPv3 user name has 1 to 32 bytes.", field="user")
        for name, protocol, password, known in (
            ("auth", self.auth_protocol, self.auth_password, AUTH_PROTOCOLS),
            ("priv", self.priv_protocol, self.priv_password, PRIV_PROTOCOLS),
        ):
            if protocol and protocol not in known:
                raise Invalid(f"{name}_protocol must be one of {', '.join(known)}.", field=f"{name}_protocol")
            if bool(protocol) != bool(password):
                raise Invalid(f"Give {name}_protocol and {name}_password together, or neither.", field=f"{name}_password")
            if protocol and len(password) < 8:
                raise Invalid("An SNMPv3 password has at least 8 characters (RFC 3414 section 11.2).", field=f"{name}_password")
        if self.priv_protocol and not self.auth_protocol:
            raise Invalid("SNMPv3 has no privacy without authentication: give auth_protocol too.", field="auth_protocol")

    @classmethod
    def from_secret(cls, kind: str, fields: Mapping[str, str]) -> SnmpCredential:
        """From a sealed credential of kind `snmp-v1`, `snmp-v2c` or `snmp-v3`. Raises Invalid."""
        versions: dict[str, Version] = {"snmp-v1": "1", "snmp-v2c": "2c", "snmp-v3": "3"}
        if kind not in versions:
            raise Invalid(f"A credential of kind {kind!r} does not open SNMP; use snmp-v1, snmp-v2c or snmp-v3.", field="kind")
        names = ("community", "user", "auth_protocol", "auth_password", "priv_protocol", "priv_password", "context")
        given = {name: fields.get(name) or "" for name in names}
        for name in ("auth_protocol", "priv_protocol"):
            spelt = given[name].lower().strip()
            given[name] = _SPELLINGS.get(spelt, spelt.replace("-", ""))
        return cls(version=versions[kind], **given)
