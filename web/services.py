"""What every page and every API route works with, wired once by whoever starts the server (`cmdb.runtime`, the tests)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app

from web.settings import WebSettings

if TYPE_CHECKING:
    from cmdb.graph.door import Graph
    from cmdb.model.catalogue import Catalogue
    from cmdb.store import Ledger
    from web.agent.needs import Reader

EXTENSION = "moorings"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the house that the web room uses: settings of the web, the graph, the ledger, the catalogue of classes.

    `reader`: who reads agents' reports for this process; None where it does so itself.
    """

    settings: WebSettings
    graph: Graph
    ledger: Ledger
    catalogue: Catalogue
    reader: Reader | None = None


def services() -> Services:
    """The services of the running application. Only inside a request or an application context."""
    return cast("Services", current_app.extensions[EXTENSION])
