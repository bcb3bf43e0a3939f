"""Several columns by one walk: the same rows as column by column, with fewer requests, and only where the agent behaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.snmp.backend import Bind
from discovery.snmp.build import gufo_is_here
from discovery.snmp.probes import bridge, cdp, entity, interfaces, lldp
from discovery.snmp.spans import Course, Span, Sweep, spans
from discovery.snmp.values import Value, oid_key
from tests.discovery.snmp.agent import GETBULK, Quirks, Recording, ReplayAgent
from tests.discovery.snmp.devices import switch_rows
from tests.discovery.snmp.looking import look_at

ENTRY = "1.3.6.1.4.1.9.9.1"
Cells = Mapping[int, Mapping[str, int]]
INDEXES = st.from_regex(r"[1-9][0-9]?(\.[1-9])?", fullmatch=True)


def columns(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{ENTRY}.{number}" for number in numbers)


def walk(cells: Cells) -> list[Bind]:
    """What an agent has below the entry, in the order of a walk."""
    binds: list[Bind] = [(f"{ENTRY}.{number}.{index}", value) for number, rows in cells.items() for index, value in rows.items()]
    return sorted(binds, key=lambda bind: oid_key(bind[0]))


def sweep(wanted: Sequence[int], binds: Sequence[Bind], size: int, max_rows: int = 10**5) -> tuple[dict[str, dict[str, Value]], list[str]]:
    """Found rows and the columns that count as read, after a walk in chunks of `size`."""
    found: dict[str, dict[str, Value]] = {oid: {} for oid in columns(*wanted)}
    one = Sweep(Span(ENTRY, tuple(sorted(wanted))), found, max_rows)
    course: Course = "on"
    for at in range(0, len(binds) or 1, size):
        course = one.take(binds[at : at + size], done=at + size >= len(binds))
        if course != "on":
            break
    return found, one.read(over=course != "leave")


def test_which_columns_are_worth_a_common_walk() -> None:
    assert [span.numbers for span in spans(tuple(interfaces.COLUMNS.values()))] == [(2, 3, 4, 5, 6, 7, 8)], "not 1, 15 and 18 of ifXTable"
    assert [span.numbers for span in spans(tuple(bridge.Q_COLUMNS.values()))] == [(2, 3)]
    assert spans(columns(3)) == (), "one column is none"
    assert spans(columns(1, 9)) == (), "more between than wanted"
    for table in (entity.COLUMNS, lldp.COLUMNS, lldp.V2_COLUMNS, cdp.COLUMNS, lldp.LOCAL_PORTS):
        assert {span.oid(number) for span in spans(tuple(table.values())) for number in span.numbers} == set(table.values())


@settings(max_examples=200, deadline=None)
@given(
    cells=st.dictionaries(st.integers(1, 9), st.dictionaries(INDEXES, st.integers(), max_size=8)),
    wanted=st.lists(st.integers(1, 7), min_size=2, max_size=7, unique=True),
    size=st.integers(1, 60),
)
def test_what_counts_as_read_is_all_there_is(cells: Cells, wanted: list[int], size: int) -> None:
    found, read = sweep(wanted, walk(cells), size)
    for number in wanted:
        oid = f"{ENTRY}.{number}"
        if oid in read:
            assert found[oid] == cells.get(number, {})
        else:
            assert found[oid].items() <= cells.get(number, {}).items()
    if all(len(rows) < size for rows in cells.values()):
        assert set(read) == set(columns(*wanted)), "a table shorter than a reply is swept to its end"


def test_a_long_table_is_left_to_single_columns_if_the_others_would_cost_more() -> None:
    cells = {number: {str(row): row for row in range(1, 100)} for number in (1, 2, 3, 4, 5, 6, 7, 8, 9)}
    assert sweep((2, 4), walk(cells), 50)[1] == []
    assert sweep((2, 3, 4, 5, 6, 7, 8), walk(cells), 50)[1] == list(columns(2, 3, 4, 5, 6, 7, 8)), "one in seven may be for nothing"
    assert sweep((2, 3), walk({2: cells[2], 3: cells[3], 4: cells[4]}), 50)[1] == list(columns(2, 3)), "column 1 is none of this agent's"


def test_an_agent_that_goes_round_or_back_is_left() -> None:
    two, three = [(f"{ENTRY}.2.{row}", row) for row in (1, 2, 3)], [(f"{ENTRY}.3.{row}", row) for row in (1, 2, 3)]
    found, read = sweep((2, 3), [*two, *three, *two], 3)
    assert read == list(columns(2)), "of column 3 nobody knows"
    assert found[f"{ENTRY}.2"] == {"1": 1, "2": 2, "3": 3}
    assert sweep((2, 3), [*two, two[1], *three], 7)[1] == []
    assert sweep((2, 3), [*two, *two, *three], 3)[1] == []
    assert sweep((2, 3), [(f"{ENTRY}.x.1", 1), *two, *three], 3)[1] == []
    assert sweep((2, 3), [*two, *three, (f"{ENTRY}.2.9", 1)], 100)[1] == list(columns(2))


@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_row_limit_holds_within_a_reply(size: int) -> None:
    rows = {str(row): row for row in range(1, 8)}
    assert sweep((2, 3), walk({2: {"1": 1}, 3: rows, 4: rows}), size, max_rows=7)[1] == list(columns(2))


def test_a_switch_takes_half_the_requests_and_tells_the_same() -> None:
    if not gufo_is_here():
        pytest.skip("gufo-snmp has no wheel here")
    with ReplayAgent(Recording.of(switch_rows(200)), quirks=Quirks(reply_limit=1_400)) as agent:
        seen = look_at(agent.port, backend="gufo")
        requests, bulks = agent.responder.requests, [entry for entry in agent.responder.seen if entry[0] == GETBULK]
        other = look_at(agent.port, backend="pysnmp")
    assert requests <= 36, "65 column by column"
    assert len(bulks) <= 30
    assert seen == other
    assert len(seen.forwarding.learned) > 200


def test_an_agent_that_cannot_bear_much_is_swept_once_and_then_read_gently() -> None:
    if not gufo_is_here():
        pytest.skip("gufo-snmp has no wheel here")
    with ReplayAgent(Recording.of(switch_rows(10)), quirks=Quirks(too_big_above=30)) as agent:
        seen = look_at(agent.port, backend="gufo")
        sizes = [size for kind, _, size in agent.responder.seen if kind == GETBULK]
    assert sizes.count(50) == 1, "then it is known"
    assert max(sizes[1:]) <= 30
    assert {state for state, _ in seen.parts.values()} == {"complete"}
    assert len(seen.interfaces) == 26
