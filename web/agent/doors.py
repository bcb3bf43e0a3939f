"""What happens at the agents' doors: who may come in, what is read, what is noted when it is not taken. One method for each protocol."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from cmdb.errors import CmdbError, Invalid, NotFound
from cmdb.store import AgentToken
from discovery.reports.documents.large import are_results, reduced
from discovery.reports.message import Headers, Message, read_message
from discovery.reports.reply import Reply, refusal, to_plugin
from discovery.reports.wire import MAX_BODY, TooLarge
from web.agent import documents
from web.agent.apart import MOST_PACKED
from web.agent.desk import Desk
from web.agent.limits import Limits
from web.agent.needs import AgentServices, Reader
from web.agent.osquery import INVALID as UNKNOWN_TO_OSQUERY
from web.agent.osquery import OsqueryDesk, trouble
from web.agent.refused import Refused

log = logging.getLogger(__name__)
RETRY_S = 600
"""When an agent should come back after "not right now"; agents that do not read Retry-After come at their next timer."""
SLOW_DOWN_S = 60
TOO_LARGE = f"The body is larger than {MAX_BODY // 1024 // 1024} MB; no inventory is."
_MAX_PARTS = 20
_UNPACKED = 8
"""How many times larger the results of a benchmark may be unpacked; they are XML that says little in many words."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of one application, for one request. `most`: bytes that the site takes (MOORINGS_MAX_BODY); 0: no more than MAX_BODY.

    `reader`: who reads inventories for it, where that is not done here (`web.agent.apart`).
    """

    services: AgentServices
    every_hours: int
    limits: Limits
    request: Request
    most: int = 0
    reader: Reader | None = None

    def inventory(self, plain: str) -> Reply:
        """A message of an inventory agent, or any document that is known by its content."""

        def work(token: AgentToken) -> Reply:
            if self.request.method == "GET" or "action" in self.request.args:
                return to_plugin()
            sent = self.request.headers
            headers = Headers(sent.get("User-Agent", ""), sent.get("GLPI-Agent-ID", ""), sent.get("GLPI-Request-ID", ""))
            if self.reader is None or self.request.content_length is None or self.request.content_length > MOST_PACKED:
                return self._desk().answer(self._message(headers), token)
            data = self._body()
            read = self.reader.take(data, headers, token)
            return read if read is not None else self._desk().answer(self._read(data, headers), token)

        return self._guarded(plain, work)

    def lynis(self, plain: str, call: str) -> Reply:
        """Lynis' own two calls."""
        return self._guarded(plain, lambda token: documents.lynis(self._desk(), self._upload(), call, token))

    def bom(self, plain: str) -> Reply:
        """Dependency-Track's upload of a bill of material."""
        return self._guarded(plain, lambda token: documents.bom(self._desk(), self._upload(), token))

    def bom_state(self, plain: str, number: str) -> Reply:
        """Dependency-Track's question whether an upload is worked on."""
        return self._guarded(plain, lambda token: documents.processing(self._desk(), number, token))

    def osquery(self, call: str, plain: str) -> Reply:
        """One call of osquery. Every answer, also a refusal, is JSON without a key `error`."""
        token: AgentToken | None = None
        try:
            self._within("address", self.request.remote_addr or "")
            token = self._admit(plain) if plain else None
            return OsqueryDesk(self.services.ledger, self.every_hours, self._note).answer(call, self._body(), token)
        except Refused as refused:
            self._note_refused(refused)
            return refused.reply if refused.reply.content_type == "application/json" else _for_osquery(refused.reply)
        except Invalid as error:
            self._unreadable(error, token)
            return trouble(error, 413 if error.field == "size" else 400)
        except CmdbError as error:
            log.exception("the agent door cannot reach its ledger: %s", error.message)
            return trouble(error, 503, RETRY_S)

    def _guarded(self, plain: str, work: Callable[[AgentToken], Reply]) -> Reply:
        """Who may come in, and every error as an answer and a line in the operator's list."""
        token: AgentToken | None = None
        try:
            self._within("address", self.request.remote_addr or "")
            token = self._admit(plain)
            return work(token)
        except Refused as refused:
            self._note_refused(refused)
            return refused.reply
        except NotFound as error:
            return refusal(404, error.message)
        except Invalid as error:
            self._unreadable(error, token)
            return refusal(413 if error.field == "size" else 400, error.message)
        except CmdbError as error:  # the ledger: full disk, held file. Nothing was kept, and the agent must know
            log.exception("the agent door cannot reach its ledger: %s", error.message)
            return refusal(503, "Nothing was kept; try again later.", retry_after_s=RETRY_S)

    def _admit(self, plain: str) -> AgentToken:
        """The token, if it opens. Raises Refused."""
        token = self.services.ledger.agent_tokens.find(plain)
        if token is None:
            self._within("stranger", self.request.remote_addr or "")
            raise Refused("unknown-token", "no enrolment token like that", reply=refusal(404, "There is no such agent address."))
        if token.revoked:
            reply = refusal(403, "This agent address was withdrawn; ask for a new one.")
            raise Refused("revoked-token", "the enrolment token was revoked", token.id, reply=reply)
        self._within("token", token.id)
        return token

    def _within(self, kind: str, key: str) -> None:
        """Raises Refused over a limit; the line in the list comes once a minute."""
        said = self.limits.take(kind, key)  # type: ignore[arg-type]  # one of the three words
        if said != "yes":
            reply = refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests; come back in a minute.", retry_after_s=SLOW_DOWN_S)
            reason = f"more than {getattr(self.limits.rates, kind)} requests a minute of one {kind}" if said != "no" else ""
            raise Refused("too-many", reason, key if kind == "token" else "", reply=reply)

    def _note_refused(self, refused: Refused) -> None:
        if refused.reason:
            self._note(refused.kind, refused.reason, refused.token_id)

    def _unreadable(self, error: Invalid, token: AgentToken | None) -> None:
        kind = "too-large" if error.field == "size" else "unreadable"
        self._note(kind, error.message, token.id if token else "", self.request.headers.get("User-Agent", "")[:100])

    def _note(self, kind: str, reason: str, token_id: str = "", detail: str = "") -> None:
        """For the operator's list. A list that cannot be written must not change the answer."""
        log.info("agent refused kind=%s reason=%s token_id=%s", kind, reason, token_id)
        try:
            self.services.ledger.refusals.note(kind, reason, address=self.request.remote_addr or "", token_id=token_id, detail=detail)
        except CmdbError as error:
            log.warning("a refusal could not be noted: %s", error.message)

    def _desk(self) -> Desk:
        return Desk(self.services.ledger, self.every_hours, self._note)

    def _message(self, headers: Headers) -> Message:
        """What the body says. A larger one than inventories are may be the results of a benchmark, which are read as a stream.

        Raises Invalid, as `read_message`, and for more than the site takes (MOORINGS_MAX_BODY, as sent; eight times that unpacked).
        """
        if self.request.content_length is None or self.request.content_length <= MAX_BODY:
            return self._read(self._body(), headers)
        self.request.max_content_length = self._most()
        try:
            return read_message(reduced(self.request.stream, self._most() * _UNPACKED), headers)
        except RequestEntityTooLarge:
            raise Invalid(f"The body is larger than {self._most() // 1024 // 1024} MB, the most this site takes.", field="size") from None
        except HTTPException:
            raise Invalid("The request ended before its body did.", field="body") from None

    def _read(self, data: bytes, headers: Headers) -> Message:
        try:
            return read_message(data, headers)
        except TooLarge:
            if not are_results(data):
                raise
            return read_message(reduced(io.BytesIO(data), self._most() * _UNPACKED), headers)

    def _most(self) -> int:
        return max(MAX_BODY, self.most)

    def _body(self) -> bytes:
        """The request's body. Raises Invalid for one that is too large or ends early."""
        self.request.max_content_length = MAX_BODY
        try:
            return self.request.get_data(cache=False)
        except RequestEntityTooLarge:
            raise Invalid(TOO_LARGE, field="size") from None
        except HTTPException:
            raise Invalid("The request ended before its body did.", field="body") from None

    def _upload(self) -> documents.Upload:
        """The request as an upload: a form with its fields and files, else its body. Raises Invalid as `_body`."""
        self.request.max_content_length = MAX_BODY
        self.request.max_form_memory_size = MAX_BODY
        self.request.max_form_parts = _MAX_PARTS
        if self.request.mimetype not in ("multipart/form-data", "application/x-www-form-urlencoded"):
            return documents.Upload(self._body(), {}, {})
        try:
            files = {name: file.read(MAX_BODY + 1) for name, file in self.request.files.items()}
            return documents.Upload(b"", self.request.form.to_dict(), files)
        except RequestEntityTooLarge:
            raise Invalid(TOO_LARGE, field="size") from None
        except HTTPException:
            raise Invalid("The request ended before its body did.", field="body") from None


def _for_osquery(reply: Reply) -> Reply:
    """A refusal in words as osquery can read it: whoever is not known enrols anew, whoever is too fast comes back."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return trouble(Invalid("Too many requests; come back in a minute."), reply.status, SLOW_DOWN_S)
    return UNKNOWN_TO_OSQUERY
