"""House: everything that runs on one data folder, opened in the right order and closed in the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cmdb.config import Settings
from cmdb.graph.door import Graph
from cmdb.graph.engine import Engine
from cmdb.graph.migrations import migrate
from cmdb.graph.opening import open_graph
from cmdb.model.catalogue import Catalogue
from cmdb.store import Ledger
from discovery.reports import site_privacy
from reconciliation import rules
from reconciliation.rules_folder import RulesFolder
from reconciliation.turns import turns_of

LEDGER_FILE = "ledger.db"
RULES_FOLDER = "rules"


@dataclass(frozen=True, slots=True)
class House:
    """The open parts. `engine` is None for a Neo4j and for an embedded engine that another process holds."""

    settings: Settings
    graph: Graph
    engine: Engine | None
    ledger: Ledger
    catalogue: Catalogue


def site_files(settings: Settings) -> Sequence[Path]:
    """The site's own catalogue files: every .yaml of the folder named by MOORINGS_CATALOGUE, in the order of their names."""
    folder = settings.catalogue
    if folder is None:
        return ()
    return (folder,) if folder.is_file() else tuple(sorted(folder.glob("*.yaml")))


def rules_of(settings: Settings, catalogue: Catalogue) -> RulesFolder:
    """The site's rule set: the folder named by MOORINGS_RULES, else `rules` in the data folder. Raises CatalogueError."""
    return RulesFolder(catalogue, settings.rules or settings.data / RULES_FOLDER, fixed=settings.rules is not None)


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of the data folder. Raises StoreUnavailable with one sentence."""
    return Ledger(settings.data / LEDGER_FILE, secret_key_file=settings.secret_key_file)


@contextmanager
def open_house(settings: Settings, *, join: bool = True, start: bool = True, wait_s: float = 0.0) -> Iterator[House]:
    """Open ledger, catalogue and graph; bring the graph's schema up to date; close all in the end, whatever happened.

    `join=False`: refuse an engine that runs already (a second server on the same data). `start=False`: use only one that runs already.
    Raises CmdbError with one sentence.
    """
    with ExitStack() as stack:
        catalogue = Catalogue.load(site_files(settings))
        site_privacy.use(site_privacy.read_folder(settings.privacy))
        stack.enter_context(rules.in_house(rules_of(settings, catalogue)))
        ledger = stack.enter_context(open_ledger(settings))
        graph, engine = open_graph(settings, wait_s=wait_s, join=join, start=start)
        if engine is not None:
            stack.callback(engine.stop)
        stack.callback(graph.close)
        migrate(graph, catalogue)
        turns_of(graph).share_with(settings.data)
        yield House(settings, graph, engine, ledger, catalogue)
