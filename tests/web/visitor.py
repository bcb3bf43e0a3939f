"""A person with a browser, in tests: signed in, and with the form token that the last page held."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from cmdb.store import Ledger
from web.services import EXTENSION

_TOKEN = re.compile(r'X-CSRFToken": "([^"]+)"')


class Visitor:
    """`get` and `post` like the test client's; `post` sends the form token of a page seen before."""

    def __init__(self, app: Flask, login: str = "") -> None:
        self.app = app
        self.client = app.test_client()
        self._token = ""
        ledger: Ledger = app.extensions[EXTENSION].ledger
        account = ledger.accounts.by_login(login) if login else None
        if account is not None:
            self.client.set_cookie("moorings", ledger.sessions.start(account.id, address="127.0.0.1", agent="tests"))

    def get(self, path: str, **words: Any) -> TestResponse:
        """GET; remembers the page's form token."""
        response = self.client.get(path, **words)
        found = _TOKEN.search(response.text) if response.mimetype == "text/html" else None
        if found:
            self._token = found[1]
        return response

    def post(self, path: str, data: dict[str, Any] | None = None, *, follow: bool = False, **words: Any) -> TestResponse:
        """POST a form with its token."""
        if not self._token:
            self.get("/help" if self.client.get_cookie("moorings") else "/sign-in")
        return self.client.post(path, data={"csrf_token": self._token, **(data or {})}, follow_redirects=follow, **words)


def said(answer: TestResponse) -> Any:
    """The JSON of an answer. Fails where there is none."""
    assert answer.json is not None, answer.data
    return answer.json
