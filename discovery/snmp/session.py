"""A conversation with one agent: which requests to send, how to go on when the agent misbehaves, and when to stop.

Rules, each from trouble that real devices make:
- ask columns, not whole tables, and first ask with one GETNEXT which tables exist at all; columns that lie side by side come together
  (`spans.py`), which spares small tables most requests;
- a reply that does not come or cannot be decoded: halve max-repetitions down to 1, then go on with pysnmp (wide VLAN bit maps break
  gufo above 4 KiB; RouterOS answers tooBig now and then, which must not be taken for "no bulk");
- an agent that repeats an OID is left at once, or the walk never ends;
- a row limit per column and one deadline for everything;
- after a silent column ask for sysUpTime: a device that is down must not make every column time out in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cmdb.errors import AuthFailed, DiscoveryError, TimedOut, Unreachable
from discovery.snmp.backend import AgentError, Garbled, NoAccess, NoAnswer, SnmpBackend, Timing, TooBig
from discovery.snmp.spans import Course, Span, Sweep, spans
from discovery.snmp.tables import Reading, Table, add, overall
from discovery.snmp.values import Value, is_under

SYS_UPTIME = "1.3.6.1.2.1.1.3.0"
REPETITIONS = 25
MOST_REPETITIONS = 50
"""Where earlier columns of the table were longer than 25 rows: 48 ports arrive in one reply, and 50 varbinds mostly fit into one packet."""

GET_AT_ONCE = 20
ROOTS_AT_ONCE = 40
MAX_ROWS = 100_000
MAX_SILENT_COLUMNS = 2
"""After so many columns of a table without any answer the rest of the table is not asked: the agent hangs on the whole of it."""


class Session:
    """Reads from one agent. `spare` makes the backend to fall back on (pysnmp); None when there is no other."""

    def __init__(
        self,
        backend: SnmpBackend,
        timing: Timing,
        spare: Callable[[], SnmpBackend] | None = None,
        *,
        repetitions: int = REPETITIONS,
        max_rows: int = MAX_ROWS,
    ) -> None:
        self._backend, self._timing, self._max_rows = backend, timing, max_rows
        self._make_spare = spare
        self._spare: SnmpBackend | None = None
        self._repetitions = repetitions
        self._get_at_once = GET_AT_ONCE
        self._dead = self._heard = False
        self._sweeps = not backend.can_resume  # one that can asks for all columns in one request anyway
        self.varbinds = 0

    @property
    def requests(self) -> int:
        """Messages sent so far."""
        return self._backend.requests + (self._spare.requests if self._spare is not None else 0)

    @property
    def engine_id(self) -> bytes:
        """The agent's SNMPv3 engine id as the protocol told it, or empty."""
        return self._backend.engine_id

    @property
    def dead(self) -> bool:
        """The agent stopped answering; nothing more will be asked."""
        return self._dead

    def give_up(self) -> None:
        """Ask nothing more: every further table is failed."""
        self._dead = True

    async def open(self) -> None:
        """Open the backend. Raises Unreachable, Refused, AuthFailed."""
        await self._backend.open()

    async def first_contact(self, oids: Sequence[str]) -> dict[str, Value]:
        """The first request. Silence here means Unreachable (v1, v2c) or AuthFailed (v3: it did answer the discovery)."""
        try:
            return await self.get(oids)
        except NoAnswer as err:
            if self._backend.engine_id:
                raise AuthFailed(
                    "The agent answers SNMPv3, but not this user's encrypted requests: check the privacy protocol and password."
                ) from err
            raise Unreachable("No answer: the host is down or filtered, speaks no SNMP, or has another community or user.") from err

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """Values of those that exist. Some agents fail when asked for several at once: asks for fewer, down to one.

        An object that fails alone is left out. Raises what happened when nothing at all is answered well: NoAnswer, Garbled, NoAccess, …;
        and AuthFailed, Unreachable, Refused.
        """
        found: dict[str, Value] = {}
        queue = [list(oids[at : at + self._get_at_once]) for at in range(0, len(oids), self._get_at_once)]
        answered = False
        trouble: DiscoveryError | None = None
        while queue:
            part = queue.pop(0)
            try:
                found.update(await self._backend.get(part))
                answered = self._heard = True
            except (TooBig, AgentError, Garbled, NoAccess) as err:
                trouble = err
                if len(part) > 1:
                    self._get_at_once = max(1, len(part) // 2)
                    queue[:0] = [part[: len(part) // 2], part[len(part) // 2 :]]
            except NoAnswer as err:
                if self._timing.remaining() <= 0:
                    raise TimedOut("The time for this device is over.") from None
                if not answered and trouble is None and not await self._is_alive():
                    raise
                trouble = err
                if len(part) > 1:
                    queue[:0] = [[oid] for oid in part]
        if not answered and trouble is not None:
            raise trouble
        self.varbinds += len(found)
        return found

    async def present(self, roots: Sequence[str]) -> set[str]:
        """Which subtrees hold anything, by as few requests as the agent stands. In doubt a subtree counts as present."""
        if len(roots) > ROOTS_AT_ONCE:
            return await self.present(roots[:ROOTS_AT_ONCE]) | await self.present(roots[ROOTS_AT_ONCE:])
        if not roots:
            return set()
        try:
            following = await self._backend.next_of(roots)
        except (TooBig, AgentError, Garbled, NoAccess, NoAnswer) as err:
            if len(roots) == 1 or self._timing.remaining() <= 0:
                return set(roots)
            if isinstance(err, NoAnswer) and not await self._is_alive():
                raise
            half = len(roots) // 2
            return await self.present(roots[:half]) | await self.present(roots[half:])
        self.varbinds += len(roots)
        return {root for root, bind in zip(roots, following, strict=True) if bind is not None and is_under(bind[0], root)}

    async def table(self, columns: Mapping[str, str]) -> Table:
        """Read the columns (name → OID). Never raises for trouble with the agent: the table's state and reason say what happened."""
        if self._dead:
            return Table({}, "failed", "the device stopped answering")
        if self._timing.remaining() <= 0:
            return Table({}, "failed", "the time for this device was over")
        reading = Reading({oid: {} for oid in columns.values()}, list(columns.values()), self._repetitions)
        for span in spans(tuple(reading.left)) if self._sweeps else ():
            await self._sweep(reading, span)
        await self._read(reading)
        self.varbinds += sum(map(len, reading.found.values()))
        state, reason = overall(reading)
        return Table({name: reading.found[oid] for name, oid in columns.items()}, state, reason)

    async def _sweep(self, reading: Reading, span: Span) -> None:
        """Read the columns of a span as far as that goes well; what stays in `reading.left` is to be read one at a time."""
        if not self._sweeps or self._dead:
            return
        sweep = Sweep(span, reading.found, self._max_rows)
        course: Course = "leave"
        try:
            stream = self._backend.walk([span.entry], repetitions=min(self._repetitions * 2, MOST_REPETITIONS))
            async for chunk in stream:
                course = sweep.take(chunk.binds, done=chunk.done)
                if course != "on" or self._timing.remaining() <= 0:
                    break
            await _finish(stream)
        except (Garbled, NoAccess):
            pass  # a wide value, or a forbidden column: that is this table's affair
        except (TooBig, AgentError):
            self._sweeps = False
        except NoAnswer:
            self._sweeps = False
            self._timing.hurried = True
        read = sweep.read(over=course == "over")
        reading.left = [oid for oid in reading.left if oid not in read]

    async def _read(self, reading: Reading) -> None:
        while reading.left:
            root = reading.left[0]
            roots = list(reading.left) if self._backend.can_resume and not reading.alone else [root]
            try:
                await self._walk(self._backend, reading, roots, self._fitting(reading))
                reading.repetitions = self._repetitions
            except NoAccess as err:
                if len(roots) > 1 and self._backend.can_resume:
                    reading.alone = True  # any of them may be meant
                elif reading.repetitions > 1:
                    reading.repetitions //= 2  # what is forbidden may lie behind the column's end
                else:
                    reading.give_up(reading.left[0], "refused", err.message)
            except (NoAnswer, Garbled, TooBig, AgentError) as err:
                if not await self._go_on(reading, err):
                    break
            except DiscoveryError as err:
                self._dead = True
                reading.give_up(root, "failed", err.message)
                break
            finally:
                self._timing.hurried = False
        for root in list(reading.left):  # given up together with the column that ended it
            reading.give_up(root, "failed", reading.trouble[-1][1])

    def _fitting(self, reading: Reading) -> int:
        """Max-repetitions: one more than the rows of the columns before, so that one reply brings the column and its end."""
        usual = reading.repetitions
        rows = max(map(len, reading.found.values()))
        return min(rows + 1, MOST_REPETITIONS, self._max_rows) if usual == REPETITIONS <= rows else usual

    async def _go_on(self, reading: Reading, err: DiscoveryError) -> bool:
        """After trouble: one column alone, smaller requests, then the other backend. False when it is all over."""
        root = reading.left[0]
        if self._timing.remaining() <= 0:
            reading.give_up(root, "failed", "the time for this device was over")
            return False
        if isinstance(err, NoAnswer):
            if not await self._is_alive():
                self._dead = True
                reading.give_up(root, "failed", "the device stopped answering")
                return False
            self._timing.hurried = True
        if self._backend.can_resume and len(reading.left) > 1 and not reading.alone:
            reading.alone = True
        elif reading.repetitions > 1:
            reading.repetitions //= 2
            if not isinstance(err, Garbled):  # a wide value is that column's affair; the rest is the agent's
                self._repetitions = max(min(self._repetitions, 5), reading.repetitions)
        else:
            await self._last_resort(reading, root, err)
            reading.repetitions = 1 if reading.silent else self._repetitions
        return reading.silent < MAX_SILENT_COLUMNS

    async def _last_resort(self, reading: Reading, root: str, err: DiscoveryError) -> None:
        """One column by pysnmp, from where the first backend stopped: GETBULK, small GETBULK, GETNEXT; or it is given up."""
        spare = self._backend if self._backend.can_resume else await self._open_spare()
        if spare is None:
            reading.give_up(root, "failed", err.message)
            return
        for size in (0,) if isinstance(err, NoAnswer) or spare is self._backend else (10, 1, 0):
            self._timing.hurried = isinstance(err, NoAnswer)
            try:
                await self._walk(spare, reading, [root], size)
            except NoAccess as again:
                reading.give_up(root, "refused", again.message)
            except DiscoveryError as again:
                err = again
            if root not in reading.left:
                return
        reading.give_up(root, "failed", err.message)
        if isinstance(err, NoAnswer) and not reading.found[root]:
            reading.silent += 1

    async def _walk(self, backend: SnmpBackend, reading: Reading, roots: list[str], repetitions: int) -> None:
        """Walk the roots until they are read or something is raised; what came stays in `reading`."""
        after = ""
        if backend.can_resume and len(roots) == 1 and reading.found[roots[0]]:
            after = f"{roots[0]}.{next(reversed(reading.found[roots[0]]))}"
        stream = backend.walk(roots, repetitions=repetitions, after=after)
        fresh = dict.fromkeys(roots, not after)
        async for chunk in stream:
            root, rows = chunk.root, reading.found[chunk.root]
            if fresh[root]:
                rows.clear()
                fresh[root] = False
            grown = add(rows, chunk.binds, len(root) + 1)
            if chunk.done:
                reading.left.remove(root)
                continue
            if grown < len(chunk.binds):
                reading.give_up(root, "partial", "the agent repeats itself instead of going on")
            elif len(rows) >= self._max_rows:
                reading.give_up(root, "partial", f"more than {self._max_rows} rows")
            elif self._timing.remaining() <= 0:
                reading.give_up(root, "partial", "the time for this device was over")
            else:
                continue
            await _finish(stream)
            return

    async def _is_alive(self) -> bool:
        """Whether it answers the simplest question. One that has answered before is asked with patience."""
        before, self._timing.hurried = self._timing.hurried, not self._heard
        try:
            await self._backend.get([SYS_UPTIME])
        except NoAnswer:
            return False
        except DiscoveryError:
            return True
        finally:
            self._timing.hurried = before
        return True

    async def _open_spare(self) -> SnmpBackend | None:
        if self._spare is None and self._make_spare is not None:
            self._spare = self._make_spare()
            await self._spare.open()
        return self._spare

    async def close(self) -> None:
        """Close the backends."""
        await self._backend.close()
        if self._spare is not None:
            await self._spare.close()


async def _finish(stream: object) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
