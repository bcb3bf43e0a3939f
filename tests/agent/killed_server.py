"""The agent door alone, served for a test that kills it: `python -m tests.agent.killed_server LEDGER PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask
from waitress import serve

from cmdb.store import Ledger
from tests.agent.conftest import House
from web.agent import create_agent_blueprint


def main(path: str, port: str) -> None:
    """Serve until killed."""
    app = Flask("door")
    app.register_blueprint(create_agent_blueprint(House(Ledger(Path(path)))))
    serve(app, host="127.0.0.1", port=int(port), threads=16, clear_untrusted_proxy_headers=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
