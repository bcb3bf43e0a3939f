"""Reports that are handed to the reader: the same is kept and answered as at the door; whatever is unusual comes back to it."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from cmdb.errors import StoreUnavailable
from cmdb.store import Ledger
from discovery.reports.message import Headers, read_message
from discovery.reports.reply import Reply
from web.agent import apart
from web.agent.apart import NOTHING, Enrolled, Hung, Seats, Together
from web.agent.desk import Desk

TOKEN = Enrolled("t1", "Bern", "corporate")
PERSONAL = Enrolled("t2", "Bern", "personal")
GLPI = Headers("GLPI-Agent_v1.12", "3F2B5C1E-0000-4000-8000-000000000001", "0000ABCD")
FUSION = Headers("FusionInventory-Agent_v2.6")


def report(device: str, name: str = "pc-7", more: str = "") -> bytes:
    """An inventory of this device, packed as agents do."""
    rows = "".join(f"<SOFTWARES><NAME>package-{n}</NAME><VERSION>1.{n}</VERSION></SOFTWARES>" for n in range(60))
    text = (
        f"<REQUEST><DEVICEID>{device}</DEVICEID><QUERY>INVENTORY</QUERY><CONTENT><HARDWARE><NAME>{name}</NAME></HARDWARE>"
        f"<BIOS><SSN>S-{device}</SSN></BIOS>{rows}{more}</CONTENT></REQUEST>"
    )
    return zlib.compress(text.encode())


@pytest.fixture
def ledgers(tmp_path: Path) -> Iterator[tuple[Ledger, Ledger]]:
    """The reader's, and that of a door which reads itself."""
    with Ledger(tmp_path / "reader" / "ledger.db") as one, Ledger(tmp_path / "door" / "ledger.db") as other:
        key = "00" * 32
        for each in (one, other):
            each.settings.put("privacy.pseudonym_key", key)
        yield one, other


class Beside:
    """Another side of some seats, on a thread: `answers` stands for the process."""

    def __init__(self, count: int, answers: Callable[[Sequence[bytes]], list[bytes]]) -> None:
        self.pairs = [Pipe() for _ in range(count)]
        self.seats = Seats([ours for ours, _ in self.pairs])
        self.asked = 0
        for _, theirs in self.pairs:
            threading.Thread(target=self._serve, args=(theirs, answers), daemon=True).start()

    def _serve(self, end: Connection, answers: Callable[[Sequence[bytes]], list[bytes]]) -> None:
        try:
            while True:
                message = end.recv_bytes()
                self.asked += 1
                end.send_bytes(answers([message])[0])
        except (OSError, EOFError):
            end.close()


def asking(sent: Sequence[tuple[bytes, Headers, Enrolled]]) -> list[bytes]:
    """The messages that the door sends for these."""
    heard: list[bytes] = []

    def hear(messages: Sequence[bytes]) -> list[bytes]:
        heard.extend(messages)
        return [NOTHING] * len(messages)

    beside = Beside(1, hear)
    for one in sent:
        assert beside.seats.take(*one) is None
    beside.seats.close()
    return heard


def kept(ledger: Ledger) -> list[tuple[Any, ...]]:
    """What lies in the intake, oldest first; without ids and times."""
    entries = [ledger.intake.get(entry.id) for entry in reversed(ledger.intake.list())]
    return [(e.kind, e.body, e.sha256, {name: value for name, value in e.meta.items() if name != "received_at"}) for e in entries]


@pytest.mark.parametrize("token", [TOKEN, PERSONAL])
def test_the_same_is_kept_and_answered_as_at_the_door(ledgers: tuple[Ledger, Ledger], token: Enrolled) -> None:
    reader, door = ledgers
    reports = [
        (report("a"), FUSION, token),
        (report("b"), GLPI, token),
        (report("c", more="<PROCESSES><PID>1</PID></PROCESSES>"), GLPI, token),
    ]
    reports[2] = (reports[2][0], Headers(GLPI.user_agent, GLPI.agent_id[:-1] + "2", ""), token)
    beside = Beside(2, Together(reader).answers)
    said = [beside.seats.take(*one) for one in reports]
    beside.seats.close()
    assert said == [Desk(door).answer(read_message(data, headers), token) for data, headers, _ in reports]
    assert [reply.content_type for reply in said if reply] == ["application/x-compress-zlib"] * 3
    assert kept(reader) == kept(door)
    assert len(kept(door)) == 3
    assert (b"S-a" in (kept(reader)[0][1] or b"")) is (token is TOKEN), "a serial of a personal device is a pseudonym"
    remembered = [ledger.settings.get(f"agent:{GLPI.agent_id.lower()}") for ledger in ledgers]
    assert [sorted(each) for each in remembered] == [["cls", "forced", "full_at", "full_entry", "gap", "open"]] * 2
    assert remembered[0]["full_entry"] == reader.intake.list()[1].id


def test_several_at_a_time_are_one_commit_and_of_one_device_one_at_a_time(ledgers: tuple[Ledger, Ledger]) -> None:
    reader, _ = ledgers
    twice = [(report("a"), FUSION, TOKEN), (report("b"), FUSION, TOKEN), (report("a", "renamed"), FUSION, TOKEN)]
    said = Together(reader).answers(asking(twice))
    assert [bool(one) for one in said] == [True, True, False], "the second of a device is left to the door, after the first was kept"
    assert [meta["deviceid"] for _, _, _, meta in kept(reader)] == ["a", "b"]
    assert reader.chain.verify().whole


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no report",
        zlib.compress(b"<REQUEST><DEVICEID>a</DEVICEID><QUERY>PROLOG</QUERY></REQUEST>"),
        zlib.compress(b"<REQUEST><QUERY>INVENTORY</QUERY><CONTENT><HARDWARE><NAME>x</NAME></HARDWARE></CONTENT></REQUEST>"),
        zlib.compress(b"<REQUEST><DEVICEID>a</DEVICEID><QUERY>INVENTORY</QUERY>"),
        zlib.compress(b"\0" * (apart.MOST_UNPACKED + 1)),
        zlib.compress(b"x" * 1000)[:-5],
        b'{"action": "contact", "deviceid": "a"}',
        b'{"moorings": 1, "device": {"name": "x"}}',
    ],
    ids=["empty", "text", "prolog", "no device", "cut off", "bomb", "torn", "contact", "native"],
)
def test_what_is_unusual_is_left_to_the_door_and_disturbs_nobody(ledgers: tuple[Ledger, Ledger], data: bytes) -> None:
    reader, _ = ledgers
    said = Together(reader).answers(asking([(data, FUSION, TOKEN), (report("good"), FUSION, TOKEN)]))
    assert [one == NOTHING for one in said] == [True, False]
    assert [meta["deviceid"] for _, _, _, meta in kept(reader)] == ["good"]
    assert reader.refusals.list() == [], "the door says so, once"


def test_a_report_that_came_before_is_left_to_the_door(ledgers: tuple[Ledger, Ledger]) -> None:
    reader, _ = ledgers
    timed = report("a", more="<ACCESSLOG><LOGDATE>2026-11-23 10:00:00</LOGDATE></ACCESSLOG>")
    together = Together(reader)
    first, again = (together.answers(asking([(timed, FUSION, TOKEN)]))[0] for _ in range(2))
    assert first != NOTHING
    assert again == NOTHING
    assert len(kept(reader)) == 1


def test_where_nothing_can_be_kept_nothing_is_answered(ledgers: tuple[Ledger, Ledger], monkeypatch: pytest.MonkeyPatch) -> None:
    reader, _ = ledgers
    messages = asking([(report("a"), FUSION, TOKEN), (report("b"), FUSION, TOKEN)])

    def full(_work: object) -> None:
        raise StoreUnavailable("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(reader._database, "write", full)
        assert Together(reader).answers(messages) == [NOTHING, NOTHING]
    assert kept(reader) == []
    assert NOTHING not in Together(reader).answers(messages)


def test_seats_that_are_taken_gone_or_dumb_leave_the_report_to_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Seats([]).take(b"x", FUSION, TOKEN) is None

    ours, theirs = Pipe()
    seats = Seats([ours])
    theirs.close()
    assert seats.take(b"x", FUSION, TOKEN) is None, "the other side is gone"
    assert ours.closed
    assert seats.take(b"x", FUSION, TOKEN) is None

    monkeypatch.setattr(apart, "PATIENCE_S", 0.01)
    ours, theirs = Pipe()
    with pytest.raises(Hung):
        Seats([ours]).take(b"x", FUSION, TOKEN)
    assert ours.closed, "a late answer is not taken for that of another report"
    theirs.close()


def test_headers_of_a_size_no_agent_sends_cost_no_seat() -> None:
    """The other side hangs up on what is too long, and a seat that was hung up on is not used again."""
    long = Headers("\u00e9" * 60_000)  # as long as the server lets headers be; six characters each on the way
    body = b"x" * apart.MOST_PACKED
    beside = Beside(1, lambda messages: [b'{"content_type": "text/plain", "status": 200, "headers": {}}\nkept'] * len(messages))
    assert beside.seats.take(body, long, TOKEN) is None
    assert beside.asked == 0
    kept = beside.seats.take(body, FUSION, TOKEN)
    assert kept is not None
    assert (kept.body, beside.asked) == (b"kept", 1)
    beside.seats.close()


def test_one_that_takes_nothing_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the system holds for a process that was stopped: the door's thread must not hang in sending."""
    monkeypatch.setattr(apart, "PATIENCE_S", 0.05)
    ours, theirs = Pipe()
    with pytest.raises(Hung):
        Seats([ours]).take(b"x" * apart.MOST_PACKED, FUSION, TOKEN)
    assert ours.closed
    theirs.close()


def test_each_thread_gets_its_own_answer() -> None:
    """Forty threads over four seats: no answer is mixed up, and whoever finds no seat reads itself."""

    def said(messages: Sequence[bytes]) -> list[bytes]:
        return [apart._said(Reply(message.partition(b"\n")[2], "text/plain")) for message in messages]

    beside, got = Beside(4, said), list[tuple[bytes, Reply | None]]()

    def ask(number: int) -> None:
        body = b"%d" % number * 5000
        got.append((body, beside.seats.take(body, FUSION, TOKEN)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    answered = [(body, reply) for body, reply in got if reply is not None]
    assert len(got) == 40
    assert len(answered) >= 4
    assert all(reply.body == body for body, reply in answered)
    beside.seats.close()
