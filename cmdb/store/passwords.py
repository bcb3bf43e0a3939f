"""Passwords: what is accepted, and argon2id."""

from __future__ import annotations

import re
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cmdb.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 1024

_HASHES_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB and a core for 0.1 s: more at once would let a sign-in storm take the machine."""
_hasher = PasswordHasher()  # RFC 9106's second choice: argon2id, 3 passes, 64 MiB, 4 lanes

_COMMON_WORDS = frozenset(
    """
    password passwort passwd pass word admin administrator root user guest test welcome willkommen letmein login master secret geheim
    changeme change me default temp temporary qwerty qwertz qwertyuiop qwertzuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm azerty
    iloveyou i love you monkey dragon football baseball basketball soccer superman batman sunshine princess shadow michael jordan hunter
    trustno starwars whatever summer winter spring autumn sommer herbst january february march april may june july august september
    october november december monday tuesday wednesday thursday friday saturday sunday hello hallo world abc abcd abcdef abcdefgh
    abcdefghij computer internet server cisco network company firma moorings cmdb neo backup database oracle service support the my is
    this and a o
    """.split()  # noqa: SIM905  a wall of words is read more easily than a wall of quotes
)
_LEET = str.maketrans("013457@$!", "oleastasi")
_ONLY_COMMON = re.compile(f"(?:{'|'.join(sorted(_COMMON_WORDS, key=len, reverse=True))})*")
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)


def normal(password: str) -> str:
    """NFKC: the same password typed on another keyboard or system gives the same bytes."""
    return unicodedata.normalize("NFKC", password)


def check_policy(password: str, login: str = "") -> None:
    """Refuses, as `Invalid`, a password that is too short, too long, or that a guesser tries first. Never repeats it in the message."""
    text = normal(password)
    if len(text) < MIN_LENGTH:
        raise Invalid(f"The password is too short: use at least {MIN_LENGTH} characters, for example four random words.", field="password")
    if len(text) > MAX_LENGTH:
        raise Invalid(f"The password is too long: use at most {MAX_LENGTH:,} characters.", field="password")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise Invalid("The password holds a control character (a tab or a line end?); leave it out.", field="password")
    folded = text.casefold()
    if len(set(folded)) < 5:
        raise Invalid("The password repeats the same few characters; use at least five different ones.", field="password")
    if login and folded.replace(login.casefold(), "").strip("0123456789!?.-_ ") == "":
        raise Invalid("The password is the login with little added; use something else.", field="password")
    if _is_common(folded):
        raise Invalid("The password is made of what is tried first (common words, rows of keys); use four random words.", field="password")


def _is_common(folded: str) -> bool:
    if any(folded in run or folded[::-1] in run for run in _RUNS):
        return True
    for text in (folded, folded.translate(_LEET)):
        letters = re.sub("[^a-z]", "", text)
        if len(letters) == sum(c.isalpha() for c in text) and _ONLY_COMMON.fullmatch(letters):
            return True
    return False


def hash_password(password: str) -> str:
    """The argon2id hash as text, with its salt and parameters. At most two are made at once."""
    with _HASHES_AT_ONCE:
        return _hasher.hash(normal(password[:MAX_LENGTH]).encode("utf-8", "replace"))


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash it does the same work and says no, so that time tells nothing."""
    if stored is None:
        hash_password(password)
        return False
    with _HASHES_AT_ONCE:
        try:
            return _hasher.verify(stored, normal(password[:MAX_LENGTH]).encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)
