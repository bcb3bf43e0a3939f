"""Taking secrets out of command lines and messages before anything is stored or logged.

When in doubt it takes out too much: a command line without one word still says which program runs, a stored password is a breach.
`redact_arguments` works word by word (from /proc/PID/cmdline, where the borders are known), `redact_text` on loose text.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from discovery.redact_names import GLUED_OPTIONS, SPECIAL_PROGRAMS, WHOLE_LINE, is_secret_name

REDACTED = "[redacted]"

_LONGEST_INPUT = 8_000
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_HEADER = re.compile(
    r"(?<![\w-])(?P<name>(?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,60}?(?:key|token|auth|secret)[\w-]{0,60})"
    r"(?P<sep>[\"']?\s{0,9}[:=]\s*)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SCHEME = re.compile(r"\b(?P<scheme>bearer|basic|digest|negotiate|ntlm)\s+[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE)
_URL_USER = re.compile(r"(?<![A-Za-z0-9+.\-])(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*://)(?P<user>[^\s/?#@:\"']*)(?P<secret>:[^\s\"']*)?@")
_BARE_USER = re.compile(r"(?<![\w.\-:/])(?P<user>[\w.\-]+):(?P<secret>[^\s@/:\"']+)@(?=[\w.\-\[])")
_ASSIGNED_NAME = re.compile(r"(?<![\w.\-\[\]])(?P<name>[\w.\-\[\]]+)(?P<sep>[\"']?\s*(?:=>|[=:])\s*)")
_FLAG_NAME = re.compile(r"(?<!\S)(?P<name>--?[A-Za-z][\w.\-]*)(?P<sep>\s+)")
_VALUE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;&,]+")
# Tokens that show by their form, after their makers' documentation: AWS, GitHub, GitLab, Slack, Stripe, Google, OpenAI and alike, npm,
# PyPI, Vault, SendGrid, DigitalOcean, JSON web tokens, age, and Moorings' own.
_KNOWN_FORMS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w\-]{16,}|xox[abeprs]-[\w\-]{8,}"
    r"|xapp-[\w\-]{8,}|(?:sk|rk|pk)_(?:live|test)_\w{8,}|AIza[\w\-]{20,}|ya29\.[\w\-.]{10,}|sk-[\w\-]{16,}|npm_\w{20,}|pypi-[\w\-]{16,}|hv[sbr]\.[\w\-]{16,}"
    r"|SG\.[\w\-]{10,}\.[\w\-]{10,}|do[oprt]_v1_\w{20,}|eyJ[\w\-]{8,}\.[\w\-]{4,}(?:\.[\w\-]*)?|AGE-SECRET-KEY-1\w+|(?:mrg|agt)_[\w\-]{16,})"
)
_LONG_WORD = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+]{1}[A-Za-z0-9+/]{27,}={0,2}(?![A-Za-z0-9+/])")
_LONG_FLAG = re.compile(r"--[A-Za-z][\w.\-]*$")


def redact_arguments(arguments: Sequence[str], limit: int = 1000) -> str:
    """The command line as text without its secrets, at most `limit` characters."""
    shown: list[str] = []
    for word in _walk([word[:_LONGEST_INPUT] for word in arguments], nested=False):
        shown.append(word)
        if sum(map(len, shown)) > limit:
            break
    return " ".join(shown)[:limit]


def redact_text(text: str, limit: int = 4000) -> str:
    """Loose text (a message, a retitled process) without secrets, at most `limit` characters."""
    text = _PEM.sub(REDACTED, text[:_LONGEST_INPUT])
    text = _HEADER.sub(lambda found: f"{found['name']}{found['sep']}{REDACTED}", text)
    text = _URL_USER.sub(_without_url_secret, text)
    text = _BARE_USER.sub(lambda found: f"{found['user']}:{REDACTED}@", text)
    text = _SCHEME.sub(lambda found: f"{found['scheme']} {REDACTED}", text)
    text = _without_values(_ASSIGNED_NAME, text)
    text = _without_values(_FLAG_NAME, text)
    text = _KNOWN_FORMS.sub(REDACTED, text)
    return _LONG_WORD.sub(_without_noise, text)[:limit]


def _walk(words: Sequence[str], *, nested: bool) -> Iterator[str]:
    """The words in order, each without its secret. A word that is itself a command line (sh -c "…") is walked in its turn."""
    program = ""
    hide_next = False
    for number, word in enumerate(words):
        if hide_next and not _LONG_FLAG.match(word):
            hide_next = False
            yield REDACTED
            continue
        hide_next = False
        name = posixpath.basename(word).lower()
        if name in WHOLE_LINE and number + 1 < len(words):
            yield word
            yield REDACTED
            return
        if name in SPECIAL_PROGRAMS:
            program = name
        if number or nested:
            shown, hide_next = _option(program, word)
            if shown:
                yield shown
                continue
        yield _nested(word) if number and not nested and re.search(r"\s", word) else redact_text(word)


def _option(program: str, word: str) -> tuple[str, bool]:
    """How an option word is shown ("" = it is none that needs care), and whether the next word is its secret."""
    for option in GLUED_OPTIONS.get(program, ()):
        if word == option:
            return word, True
        if word.startswith(option) and not word.startswith("--"):
            return f"{option}{REDACTED}", False
    name, assigned, value = word.partition("=")
    if assigned and re.fullmatch(r"[\w.\-]+", name) and is_secret_name(name, value):
        return f"{name}={REDACTED}", False
    if re.fullmatch(r"--?[A-Za-z][\w.\-]*", word) and is_secret_name(word):
        return word, True
    return "", False


def _nested(word: str) -> str:
    """A word with blanks: a header, a text, or a command line for a shell."""
    if _HEADER.search(word):
        return redact_text(word)
    try:
        inner: Iterable[str] = shlex.split(word)
    except ValueError:
        inner = word.split()
    return redact_text(" ".join(_walk(list(inner), nested=True)))


def _without_values(names: re.Pattern[str], text: str) -> str:
    """Each secret name keeps its place, the value after it goes. Values of other names are left for the next name inside them."""
    parts = []
    done = 0
    for found in names.finditer(text):
        if found.start() < done:
            continue
        value = _VALUE.match(text, found.end())
        if value is not None and is_secret_name(found["name"], value[0]) and not _LONG_FLAG.match(value[0]):
            parts += [text[done : found.end()], REDACTED]
            done = value.end()
    return "".join((*parts, text[done:]))


def _without_url_secret(found: re.Match[str]) -> str:
    if found["secret"] is not None:
        return f"{found['scheme']}{found['user']}:{REDACTED}@"
    # https://TOKEN@host: a user name that long is none.
    return f"{found['scheme']}{REDACTED}@" if len(found["user"]) >= 16 else found[0]


def _without_noise(found: re.Match[str]) -> str:
    """A long run of mixed letters and digits is a key until shown otherwise; paths, hex digests and plain words are not mixed."""
    word = found[0]
    mixed = re.search(r"[a-z]", word) and re.search(r"[A-Z]", word) and re.search(r"\d", word)
    return REDACTED if mixed and max(map(len, word.split("/"))) >= 16 else word
