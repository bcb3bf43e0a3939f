"""Results of a benchmark far larger than an inventory: read as a stream, memory bounded, everything else of that size refused."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from cmdb.errors import Invalid
from cmdb.store import Ledger
from discovery.reports.documents.large import reduced
from tests.agent.test_osquery import taken

MB = 1024 * 1024
_HEAD = (
    b'<?xml version="1.0"?><arf:asset-report-collection xmlns:arf="http://scap.nist.gov/schema/asset-reporting-format/1.1"><arf:reports>'
)
_RULE = (
    b'<rule-result idref="r%d" severity="%s"><result>%s</result><message>%s</message>'
    b'<check system="oval"><check-content-ref href="o"/></check></rule-result>'
)


def collection(size: int) -> Iterator[bytes]:
    """An ARF collection of about that many bytes: content, then 400 rules of which two of high severity fail, then OVAL results."""
    filler = b"<definition id='d'><criteria comment='" + b"x" * 900 + b"'/></definition>"
    yield _HEAD + b"<arf:report><content>"
    for _ in range(size // 2 // len(filler)):
        yield filler
    yield b'</content></arf:report><arf:report><TestResult xmlns="http://checklists.nist.gov/xccdf/1.2"><benchmark id="b"/>'
    yield b"<target>big</target>"
    for number in range(400):
        severity, word = (b"high", b"fail") if number < 2 else (b"low", b"pass")
        yield _RULE % (number, severity, word, b"m" * 4000)
    yield b"</TestResult></arf:report><arf:report><oval>"
    for _ in range(size // 2 // len(filler)):
        yield filler
    yield b"</oval></arf:report></arf:reports></arf:asset-report-collection>"


_MEASURED = """
import io, sys
from discovery.reports.documents.large import reduced
class Slow(io.RawIOBase):
    def __init__(self, path): self.file = open(path, 'rb')
    def read(self, size=-1): return self.file.read(65536 if size < 0 else size)
def peak(): return int(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])
before = peak()
small = reduced(Slow(sys.argv[1]), 64 * 1024 * 1024)
print(len(small), small.count(b'<result>fail'), peak() - before)
"""


def test_forty_megabytes_in_little_memory(tmp_path: Path) -> None:
    """In a process of its own: the parser's memory is none of Python's. Measured: less than 3 MB more than before."""
    path = tmp_path / "arf.xml"
    path.write_bytes(b"".join(collection(40 * MB)))
    assert path.stat().st_size > 40 * MB
    done = subprocess.run([sys.executable, "-c", _MEASURED, str(path)], capture_output=True, text=True, timeout=120, check=True)
    small, failed, grown_kb = map(int, done.stdout.split())
    assert small < 200_000
    assert failed == 2
    assert grown_kb < 16 * 1024, "the rest must not be held"


@pytest.mark.parametrize("packed", [False, True])
def test_it_is_taken_at_the_door(client: FlaskClient, ledger: Ledger, *, packed: bool) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 32 * MB
    body = b"".join(collection(20 * MB))
    token = ledger.agent_tokens.add("t", ownership="corporate")
    reply = client.post(f"/agent/{token}", data=gzip.compress(body, 1) if packed else body)
    assert reply.status_code == 200, reply.text
    (told,) = taken(ledger)
    values = told.items[0].attributes
    assert (values["benchmark_rules_run"], values["benchmark_high_failures"], values["hostname"]) == (400, 2, "big")


def test_what_else_is_that_large_is_refused(client: FlaskClient, ledger: Ledger) -> None:
    client.application.config["MAX_CONTENT_LENGTH"] = 24 * MB
    token = ledger.agent_tokens.add("t", ownership="corporate")
    for body, words in (
        (b"<REQUEST>" + b" " * 17 * MB, "must be an XCCDF"),
        (b"{" + b" " * 17 * MB, "cannot be read"),
        (gzip.compress(b"A" * 200 * MB), "larger than 16 MB"),
        (gzip.compress(b"<REQUEST>" + b" " * 17 * MB + b"</REQUEST>"), "larger than 16 MB"),
        (b"".join(collection(30 * MB)), "the most this site takes"),
    ):
        reply = client.post(f"/agent/{token}", data=body)
        assert reply.status_code in (400, 413), reply.text
        assert words in reply.text
    assert not ledger.intake.list("waiting")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "bb">]><TestResult>&b;</TestResult>', "DTD"),
        (b"<TestResult><a>", "cannot be read"),
        (gzip.compress(b"<TestResult/>" * 9, mtime=0)[:20], "cut off"),
        (gzip.compress(b"<TestResult>" + b" " * 3 * MB + b"</TestResult>"), "larger than 1 MB"),
        (b"<TestResult>" + b"<a>" * 400 + b"</a>" * 400 + b"</TestResult>", "cannot be read"),
    ],
    ids=["DTD", "unclosed", "cut off", "too large", "too deep"],
)
def test_bounds(body: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        reduced(io.BytesIO(body), MB)
