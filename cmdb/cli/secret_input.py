"""Secrets of a credential, read from standard input, a file or the environment: never from an argument, which every process list shows."""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from cmdb.config import secret_from_environment
from cmdb.errors import Invalid
from cmdb.store import CREDENTIAL_KINDS, KindOfCredential

_MAIN: Mapping[str, tuple[str, ...]] = {
    "snmp-v1": ("community",),
    "snmp-v2c": ("community",),
    "snmp-v3": ("auth_password", "priv_password"),
    "ssh-password": ("password",),
    "ssh-key": ("private_key",),
    "ssh-agent": (),
}
_MOST = 1 << 20


def read_secret(kind: str, plain: Mapping[str, str], file: Path | None, variable: str | None) -> dict[str, str]:
    """All fields of a credential: `plain` ones given as options, the secret ones from where they are.

    The text may be a JSON object of fields, lines `field=value`, or the secret itself (snmp-v3: the authentication password on the first
    line, the privacy password on the second). At a terminal each secret is asked for. Raises Invalid, never repeating the text.
    """
    known = CREDENTIAL_KINDS[kind]
    fields = {name: value for name, value in plain.items() if value}
    if kind.startswith("ssh-"):
        fields.setdefault("user", pwd.getpwuid(os.getuid()).pw_name)  # whom ssh takes, too
    if not known.secret:
        return fields
    text = _text(file, variable)
    secret = _asked(known) if text is None else _parsed(known, text)
    fields |= secret
    if kind == "snmp-v3":
        if fields.get("auth_password"):
            fields.setdefault("auth_protocol", "sha")
        if fields.get("priv_password"):
            fields.setdefault("priv_protocol", "aes")
    return fields


def _text(file: Path | None, variable: str | None) -> str | None:
    if file is not None and variable is not None:
        raise Invalid("Give --secret-file or --from-env, not both.", field="secret")
    if variable is not None:
        return secret_from_environment(variable)
    if file is not None and str(file) != "-":
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Invalid(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'not a text'}.", field="secret") from error
    return None if sys.stdin.isatty() else sys.stdin.read(_MOST)


def _parsed(known: KindOfCredential, text: str) -> dict[str, str]:
    names = (*known.must, *known.may)
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except ValueError:
            given = None
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise Invalid("The secret looks like JSON and is no object of texts.", field="secret")
        return {str(name): value for name, value in given.items()}
    lines = text.strip("\r\n").splitlines()
    if lines and known.name != "ssh-key" and all(line.partition("=")[0].strip() in names for line in lines if line.strip()):
        return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines if line.strip())}
    main = _MAIN[known.name]
    if len(main) == 1:
        return {main[0]: text if known.name == "ssh-key" else text.strip("\r\n")}
    return dict(zip(main, lines, strict=False))


def _asked(known: KindOfCredential) -> dict[str, str]:
    """Ask for each secret at the terminal; a private key has many lines and comes from a file."""
    if known.name == "ssh-key":
        raise Invalid("Give the private key with --secret-file FILE or on standard input.", field="private_key")
    asked = {}
    for name in known.secret:
        optional = name not in known.must
        value = click.prompt(name.replace("_", " ").capitalize(), hide_input=True, default="" if optional else None, show_default=False)
        if value:
            asked[name] = value
    return asked
