"""One site with its doors: sends what agents send, applies it, and judges the endpoint that came of it by every shipped policy."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from cmdb.compliance.evaluate import evaluate
from cmdb.compliance.policy import shipped
from cmdb.compliance.report import of_endpoint
from cmdb.model.observation import Observation
from cmdb.model.times import to_text
from cmdb.runtime.house import House
from cmdb.runtime.intake_work import work_off
from reconciliation import reconcile
from web.agent import create_agent_blueprint

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""When everything arrives: later the recordings would be old, and the tables of end-of-life days too."""
RECENT = (NOW - timedelta(days=2)).strftime("%Y-%m-%d")
LONG_AGO = (NOW - timedelta(days=60)).strftime("%Y-%m-%d")


def stamp(days: float) -> str:
    """That many days ago as ISO text."""
    return to_text(NOW - timedelta(days=days))


def seconds(days: float) -> str:
    """That many days ago in seconds since 1970."""
    return str(int((NOW - timedelta(days=days)).timestamp()))


@dataclass(slots=True)
class Site:
    """An open house with the agents' doors before it."""

    house: House
    ownership: str = "corporate"
    client: FlaskClient = field(init=False)
    token: str = field(init=False)
    nodes: int = 0
    key: str = ""

    def __post_init__(self) -> None:
        app = Flask("door")
        app.register_blueprint(create_agent_blueprint(self.house))
        self.client = app.test_client()
        self.token = self.house.ledger.agent_tokens.add("doors", site="Berlin", ownership=self.ownership)

    def send(self, body: bytes | str | dict[str, Any], **headers: str) -> str:
        """To the agent address; gives the id of the endpoint it turned out to be about."""
        data = json.dumps(body) if isinstance(body, dict) else body
        reply = self.client.post(f"/agent/{self.token}", data=data, headers=headers)
        assert reply.status_code == 200, reply.text[:300]
        return self.applied()

    def osquery(self, platform: int, results: dict[str, list[dict[str, str]]], *, failed: tuple[str, ...] = (), **host: Any) -> str:
        """One agent that enrols and answers these queries; `failed` ones only show in its status log."""
        self.nodes += 1
        installation = f"59b3fa62-c7e1-4b8f-badb-{self.nodes:012x}"
        name = f"osq{self.nodes}"
        details = {"osquery_info": {"version": "5.20.0", "instance_id": installation}, "system_info": {"hostname": name}} | host
        enrolment = {"enroll_secret": self.token, "host_identifier": name, "platform_type": str(platform), "host_details": details}
        self.key = key = self._call("enroll", enrolment)["node_key"]
        asked = self._call("config", {"node_key": key})["schedule"]
        lines = [self._line(name, rows, asked) for name, rows in results.items()]
        if failed:
            words = [{"message": f"Error executing scheduled query moorings_{one}: no such table", "unixTime": 7} for one in failed]
            self._call("log", {"node_key": key, "log_type": "status", "data": words})
        self._call("log", {"node_key": key, "log_type": "result", "data": lines})
        return self.applied()

    def log(self, lines: list[dict[str, Any]], kind: str = "result") -> None:
        """More log lines of the agent that enrolled last, applied."""
        self._call("log", {"node_key": self.key, "log_type": kind, "data": lines})
        work_off(self.house)

    def _line(self, name: str, rows: list[dict[str, str]], asked: dict[str, Any]) -> dict[str, Any]:
        assert f"moorings_{name}" in asked, f"{name} is not asked of this platform"
        return {"name": f"moorings_{name}", "action": "snapshot", "snapshot": rows, "unixTime": 5, "epoch": 0, "counter": 0}

    def _call(self, call: str, message: dict[str, Any]) -> dict[str, Any]:
        reply = self.client.post(f"/api/osquery/{call}", data=gzip.compress(json.dumps(message).encode()))
        assert reply.status_code == 200, reply.text[:300]
        answer = reply.get_json()
        assert isinstance(answer, dict)
        assert "error" not in answer
        return answer

    def applied(self) -> str:
        """Apply what waits; the endpoint of the newest entry."""
        work_off(self.house)
        newest = self.house.ledger.intake.list(limit=1)[0]
        assert newest.state == "done", newest
        return str((self.house.ledger.intake.get(newest.id).result or {})["items"][0]["ci"])

    def observe(self, observation: Observation, ref: str) -> str:
        """What a scan or an import observed, applied; the id of the item of that ref."""
        changes = reconcile(self.house.graph, self.house.catalogue, observation)
        return next(str(one.ci) for one in changes.resolved if one.ref == ref)

    def judged(self, ci: str, at: datetime = NOW) -> dict[str, str]:
        """Policy → pass, fail, not_applicable, or unknown with its reason, an hour after that time; empty for what is no endpoint."""
        evaluate(self.house.graph, self.house.catalogue, shipped(), [ci], at + timedelta(hours=1))
        found = of_endpoint(self.house.graph, ci)
        results = found.results if found else ()
        return {one.policy.id: f"{one.state}({one.reason})" if one.reason else one.state for one in results}
