"""The settings: read once, from the environment and what the command line overrides. Nothing else in the house reads the environment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn, Self
from urllib.parse import urlsplit

from cmdb.errors import Invalid

PREFIX: Final = "MOORINGS_"
GRAPH_SCHEMES: Final = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
# Read by the tests, which are not the product.
_NOT_OURS = ("MOORINGS_TEST_", "MOORINGS_SHARED", "MOORINGS_BENCH_")


class Secret:
    """A text that no repr, log line or error message shows."""

    __slots__ = ("_text",)
    NONE: ClassVar[Secret]

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not pickled or copied.")


Secret.NONE = Secret("")


@dataclass(frozen=True, slots=True)
class SettingInfo:
    """One setting, as `moorings settings` lists it. `value` is a text, blank for a secret."""

    name: str
    description: str
    default: str
    secret: bool
    value: str


# ---------------------------------------------------------------- how each kind of value is read


def _text(value: str) -> str:
    if "\n" in value or "\0" in value:
        raise ValueError("has a line break or NUL in it")
    return value


def _path(value: str) -> Path:
    return Path(_text(value)).expanduser().absolute()


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return number

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value.lower()

    return parse


def _graph_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in GRAPH_SCHEMES or not parts.hostname or parts.port == 0:  # a port that is none raises ValueError itself
        raise ValueError(f"must look like bolt://host:7687 (schemes: {', '.join(GRAPH_SCHEMES)})")
    if parts.username or parts.password:
        raise ValueError("must not hold the user or the password; give them by MOORINGS_GRAPH_USER and MOORINGS_GRAPH_PASSWORD_FILE")
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must look like https://cmdb.example.org")
    return value.rstrip("/")


def _default_data(environ: Mapping[str, str]) -> Path:
    home = environ.get("XDG_DATA_HOME", "")
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share"
    return base / "moorings"


# ---------------------------------------------------------------- the settings


@dataclass(frozen=True, slots=True)
class _Key:
    field: str
    short: str
    description: str
    parse: Callable[[str], Any]
    secret: bool = False

    @property
    def name(self) -> str:
        return PREFIX + self.short


_KEYS: Final = (
    _Key("data", "DATA", "Folder with the ledger, the embedded graph and its keys", _path),
    _Key("host", "HOST", "Address the web server listens on; anything but loopback needs TLS or a proxy in front", _text),
    _Key("port", "PORT", "Port of the web server", _number(0, 65535)),
    _Key("base_url", "BASE_URL", "Address people use, where it differs from host and port (behind a proxy)", _web_address),
    _Key("trusted_proxies", "TRUSTED_PROXIES", "Proxies in front whose X-Forwarded-* headers are believed; 0 means none", _number(0, 8)),
    _Key("tls_cert", "TLS_CERT", "File with the certificate chain (PEM); with it the web server speaks TLS itself", _path),
    _Key("tls_key", "TLS_KEY", "File with the certificate's private key (PEM)", _path),
    _Key("web_threads", "WEB_THREADS", "Requests answered at the same time", _number(1, 256)),
    _Key(
        "workers",
        "WORKERS",
        "Worker threads for scans, reports and evaluations; 0 leaves them to `moorings work`",
        _number(0, 64),
    ),
    _Key(
        "workers_apart", "WORKERS_APART", "yes: workers run in a process of their own; no: in that of the web server", _one_of("yes", "no")
    ),
    _Key(
        "reader_apart",
        "READER_APART",
        "yes: agents' reports are read in a process of its own; no: in that of the web server",
        _one_of("yes", "no"),
    ),
    _Key("graph_url", "GRAPH", "Address of a Neo4j (bolt:// neo4j:// …+s://); empty: the embedded engine", _graph_address),
    _Key("graph_user", "GRAPH_USER", "User at that Neo4j", _text),
    _Key("graph_password", "GRAPH_PASSWORD", "Password at that Neo4j; the file is the better way", Secret, secret=True),
    _Key("graph_password_file", "GRAPH_PASSWORD_FILE", "File whose first line is that password", _path),
    _Key("graph_database", "GRAPH_DATABASE", "Database at that Neo4j; empty: its default", _text),
    _Key("graph_connections", "GRAPH_CONNECTIONS", "Most connections to the graph engine at once", _number(2, 500)),
    _Key("query_timeout_s", "QUERY_TIMEOUT", "Seconds after which a graph query is stopped", _number(1, 3600)),
    _Key("engine_heap_mb", "ENGINE_HEAP", "Megabytes the embedded engine may use (1 million items: 2048)", _number(256, 262144)),
    _Key(
        "engine_compile",
        "ENGINE_COMPILE",
        "How the embedded engine compiles itself; full: fast in the long run; light: soon ready; auto: light for a small sample only",
        _one_of("auto", "full", "light"),
    ),
    _Key("engine_port", "ENGINE_PORT", "Loopback port of the embedded engine; 0: a free one", _number(0, 65535)),
    _Key("privacy", "PRIVACY", "Folder with the site's own privacy rules (*.yaml), which can only drop more of a report", _path),
    _Key("catalogue", "CATALOGUE", "Folder with the site's own classes and attributes (*.yaml)", _path),
    _Key("rules", "RULES", "Folder with the site's own identity rules (*.yaml); empty: rules in the data folder", _path),
    _Key("secret_key_file", "SECRET_KEY_FILE", "File with the key that seals credentials; empty: secret.key in the data folder", _path),
    _Key("session_idle_hours", "SESSION_IDLE_HOURS", "Hours without a request after which a sign-in ends", _number(1, 720)),
    _Key("session_days", "SESSION_DAYS", "Days after which a sign-in ends in any case", _number(1, 90)),
    _Key("max_body_mb", "MAX_BODY", "Megabytes a report or upload may have, as sent", _number(1, 1024)),
    _Key("agent_rate_token", "AGENT_RATE_TOKEN", "Requests a minute that agents of one enrolment token may make", _number(1, 10_000_000)),
    _Key("agent_rate_address", "AGENT_RATE_ADDRESS", "Requests a minute that agents of one address may make", _number(1, 10_000_000)),
    _Key("smtp_host", "SMTP_HOST", "Mail server that takes reminders of overdue loans; empty: no mail is sent", _text),
    _Key("smtp_port", "SMTP_PORT", "Port of the mail server (465: TLS from the first byte)", _number(1, 65535)),
    _Key("smtp_user", "SMTP_USER", "User at the mail server; empty: no sign-in", _text),
    _Key("smtp_password_file", "SMTP_PASSWORD_FILE", "File whose first line is that user's password", _path),
    _Key("smtp_from", "SMTP_FROM", "Address mail comes from", _text),
    _Key(
        "smtp_starttls",
        "SMTP_STARTTLS",
        "yes: nothing is sent without TLS; no: for a server on this machine",
        _one_of("yes", "no"),
    ),
    _Key(
        "notify", "NOTIFY", "yes: once a day owners are told by mail, and the webhook, of new failures of compliance", _one_of("yes", "no")
    ),
    _Key("webhook_url", "WEBHOOK_URL", "Address that gets these notices as signed JSON; empty: none is sent", _web_address),
    _Key("webhook_secret_file", "WEBHOOK_SECRET_FILE", "File whose first line is the secret that signs them", _path),
    _Key("remind_every_days", "REMIND_EVERY", "Days between two reminders of one overdue loan", _number(1, 90)),
    _Key("log_level", "LOG_LEVEL", "What is logged: debug, info, warning or error", _one_of("debug", "info", "warning", "error")),
    _Key("log_format", "LOG_FORMAT", "text for people, json for machines (one object a line)", _one_of("text", "json")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, with its default. `_KEYS` has the variable and the meaning of each."""

    data: Path = field(default_factory=lambda: _default_data(os.environ))
    host: str = "127.0.0.1"
    port: int = 8765
    base_url: str = ""
    trusted_proxies: int = 0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    web_threads: int = 8
    workers: int = 2
    workers_apart: str = "yes"
    reader_apart: str = "yes"
    graph_url: str = ""
    graph_user: str = "neo4j"
    graph_password: Secret = Secret.NONE
    graph_password_file: Path | None = None
    graph_database: str = ""
    graph_connections: int = 32
    query_timeout_s: int = 30
    engine_heap_mb: int = 1024
    engine_compile: str = "auto"
    engine_port: int = 0
    catalogue: Path | None = None
    privacy: Path | None = None
    rules: Path | None = None
    secret_key_file: Path | None = None
    session_idle_hours: int = 8
    session_days: int = 7
    max_body_mb: int = 32
    agent_rate_token: int = 30_000
    agent_rate_address: int = 6_000
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    smtp_from: str = ""
    smtp_starttls: str = "yes"
    notify: str = "no"
    webhook_url: str = ""
    webhook_secret_file: Path | None = None
    remind_every_days: int = 7
    log_level: str = "info"
    log_format: str = "text"

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, **overrides: Any) -> Self:
        """Read the settings: a default, over it the environment, over it `overrides` (by field name; None leaves a field alone).

        Raises `Invalid`, naming the variable and the fix, for a value that cannot be used and for a variable that does not exist.
        """
        _refuse_unknown(environ)
        values: dict[str, Any] = {"data": _default_data(environ)}
        for key in _KEYS:
            given = overrides.pop(key.field, None)
            text = environ.get(key.name, "") if given is None else str(given)
            if text:
                values[key.field] = _parsed(key, text)
        if overrides:
            raise TypeError(f"no such setting: {', '.join(sorted(overrides))}")
        return cls(**_with_password(values))._checked()

    def describe(self) -> list[SettingInfo]:
        """All settings with their values, in order; a secret's value is blank."""
        plain = Settings()
        return [self._describe(key, getattr(plain, key.field)) for key in _KEYS]

    def handed_on(self) -> dict[str, str]:
        """All that differs from the defaults as texts, for a process that does a part of this one's work: `Settings.load({}, **texts)`.

        Secrets are among them: not for an environment, a command line or a log.
        """
        plain, texts = Settings(), {"data": str(self.data)}
        for key in _KEYS:
            value = getattr(self, key.field)
            if value != getattr(plain, key.field):
                texts[key.field] = value.reveal() if isinstance(value, Secret) else str(value)
        if self.graph_password_file is not None:  # it holds the password, and only one of the two may be given
            texts.pop("graph_password", None)
        return texts

    @property
    def catalogue_files(self) -> tuple[Path, ...]:
        """The site's own catalogue files, in the order of their names."""
        if self.catalogue is None:
            return ()
        return tuple(sorted(path for path in self.catalogue.iterdir() if path.suffix in {".yaml", ".yml"}))

    @property
    def loopback_only(self) -> bool:
        """True where nobody but this machine can reach the web server."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def address(self) -> str:
        """Where a browser finds the pages."""
        if self.base_url:
            return self.base_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    def _describe(self, key: _Key, default: Any) -> SettingInfo:
        shown = ("", "") if key.secret else (_shown(default), _shown(getattr(self, key.field)))
        return SettingInfo(key.name, key.description, shown[0], key.secret, shown[1])

    def _checked(self) -> Self:
        if bool(self.tls_cert) != bool(self.tls_key):
            missing = "MOORINGS_TLS_KEY" if self.tls_cert else "MOORINGS_TLS_CERT"
            raise Invalid(f"{missing} is missing: TLS needs both the certificate and its key.", field=missing)
        for name, path in (("TLS_CERT", self.tls_cert), ("TLS_KEY", self.tls_key)):
            if path is not None and not path.is_file():
                raise Invalid(f"{PREFIX}{name} names {path}, and there is no such file.", field=PREFIX + name)
        if self.catalogue is not None and not self.catalogue.is_dir():
            raise Invalid(f"MOORINGS_CATALOGUE names {self.catalogue}, and there is no such folder.", field="MOORINGS_CATALOGUE")
        if self.privacy is not None and not self.privacy.is_dir():
            raise Invalid(f"MOORINGS_PRIVACY names {self.privacy}, and there is no such folder.", field="MOORINGS_PRIVACY")
        if self.rules is not None and not self.rules.is_dir():
            raise Invalid(f"MOORINGS_RULES names {self.rules}, and there is no such folder.", field="MOORINGS_RULES")
        if self.graph_url and not self.graph_password.reveal():
            raise Invalid(
                "MOORINGS_GRAPH needs a password: name a file with MOORINGS_GRAPH_PASSWORD_FILE.", field="MOORINGS_GRAPH_PASSWORD_FILE"
            )
        if self.smtp_host:
            self._check_mail()
        return self

    def _check_mail(self) -> None:
        name, at, domain = self.smtp_from.partition("@")
        if not (name and at and domain) or not self.smtp_from.isascii() or set(" <>,;") & set(self.smtp_from):
            raise Invalid("MOORINGS_SMTP_FROM must be the address mail comes from, like cmdb@example.org.", field="MOORINGS_SMTP_FROM")
        if self.smtp_user and (self.smtp_password_file is None or not self.smtp_password_file.is_file()):
            key = "MOORINGS_SMTP_PASSWORD_FILE"
            raise Invalid(f"{key} must name the file with the password of MOORINGS_SMTP_USER.", field=key)


def _parsed(key: _Key, text: str) -> Any:
    try:
        return key.parse(text)
    except ValueError as error:
        shown = "" if key.secret else f" (it is {text[:80]!r})"
        raise Invalid(f"{key.name} {error}{shown}.", field=key.name) from error


def _with_password(values: dict[str, Any]) -> dict[str, Any]:
    path = values.get("graph_password_file")
    if path is None:
        return values
    key = "MOORINGS_GRAPH_PASSWORD_FILE"
    if "graph_password" in values:
        raise Invalid(f"{key} and MOORINGS_GRAPH_PASSWORD are both set; keep one of them.", field=key)
    try:
        first = path.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{key} names {path}, which cannot be read: {getattr(error, 'strerror', None) or 'not a text file'}.", field=key
        ) from error
    if not first:
        raise Invalid(f"{key} names {path}, whose first line is empty; write the password there.", field=key)
    return {**values, "graph_password": Secret(first)}


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {key.name for key in _KEYS}
    for name in environ:
        if name.startswith(PREFIX) and name not in known and not name.startswith(_NOT_OURS):
            like = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {like[0]}?" if like else "`moorings settings` lists all there are."
            raise Invalid(f"There is no setting {name}; {hint}", field=name)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return str(value)


def secret_from_environment(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The secret a command was told to find in that variable. Raises `Invalid` where it is not set or empty."""
    text = environ.get(name, "")
    if not text:
        raise Invalid(f"The environment variable {name[:100]} is not set or empty.", field="from_env")
    return text
