"""`moorings serve` and `moorings work`: the server, and workers alone."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import FrameType

import click

from cmdb.cli.shell import ADDRESS_KEY, load_settings
from cmdb.config import Settings
from cmdb.intake.crew import Crew, keep_crew
from cmdb.log import configure
from cmdb.runtime.apart import Apart
from cmdb.runtime.house import House, open_house
from cmdb.runtime.reader import ReaderProcess
from cmdb.runtime.workers import Inside, Workers
from web import Services, create_app
from web.agent.needs import Reader
from web.serving import Server, check_free
from web.settings import WebSettings
from web.tls import Tls

log = logging.getLogger(__name__)
_TURN_S = 0.001
"""After so long a thread gives the interpreter away that another one wants (Python's own: 5 ms). The thread that commits for many wants it
for each statement, from those that read reports."""


@click.command()
@click.option("--host", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default 8765; 0: a free one).")
@click.option("--data", metavar="DIR", help="Data folder.")
@click.option("--tls-cert", metavar="FILE", help="Certificate with its chain, PEM.")
@click.option("--tls-key", metavar="FILE", help="Private key of the certificate, PEM.")
@click.option("--no-workers", is_flag=True, help="Answer requests only; `moorings work` applies what is accepted.")
@click.pass_context
def serve(context: click.Context, /, no_workers: bool, **options: str | int | None) -> None:
    """Run the server: pages, API and the door for agents.

    \b
    Examples:
      moorings serve
      moorings serve --data /srv/moorings --port 9000
      moorings serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
    """
    settings = load_settings(context, **options)
    configure(settings.log_level, settings.log_format)
    run_server(settings, workers=0 if no_workers else settings.workers)


@click.command()
@click.option("--data", metavar="DIR", help="Data folder.")
@click.pass_context
def work(context: click.Context, data: str | None) -> None:
    """Run workers only: apply what a server with --no-workers accepts.

    \b
    Example:
      moorings work --data /srv/moorings
    """
    settings = load_settings(context, data=data)
    configure(settings.log_level, settings.log_format)
    with open_house(settings, wait_s=60) as house:
        workers = Workers(house, count=max(1, settings.workers))
        workers.start()
        stopping = threading.Event()
        _on_signals(stopping.set)
        while not stopping.wait(1.0):
            pass
        workers.stop()


def run_server(
    settings: Settings,
    *,
    workers: int,
    prepare: Callable[[House], None] | None = None,
    ready: Callable[[House, str], None] | None = None,
    serve: bool = True,
) -> None:
    """Serve until a signal ends it. `prepare` is called when the house is open, `ready` with the address when requests are answered."""
    if serve:
        check_free(settings.host, settings.port)
    with ExitStack() as stack:
        crew = _crew(settings, workers) if serve else None
        reader = ReaderProcess(settings) if serve and settings.reader_apart == "yes" else None
        beside = [each for each in (crew, reader) if each is not None]
        for each in beside:
            if prepare is None:
                each.prepare()
            stack.callback(each.stop)  # also where the house does not open
        house = stack.enter_context(open_house(settings, join=bool(settings.graph_url), wait_s=60))
        if prepare is not None:
            prepare(house)
        if not serve:
            return
        server = bind(house, reader)
        _on_signals(lambda: _stop(server, beside))
        keep_crew(house.ledger, Crew() if isinstance(crew, Apart) else None)
        if crew is not None:
            stack.callback(crew.stop)  # before the house is closed
            crew.start(house)
        if reader is not None:
            stack.callback(reader.stop)
            reader.keep()
        _answer(server, house, ready)


def _answer(server: Server, house: House, ready: Callable[[House, str], None] | None) -> None:
    address = house.settings.base_url or server.url
    house.ledger.settings.put(ADDRESS_KEY, address)
    click.echo(f"Moorings listens on {server.url}")
    if ready is not None:
        ready(house, address)
    sys.stdout.flush()
    sys.setswitchinterval(_TURN_S)
    gc.collect()
    gc.freeze()  # what is loaded stays: it need not be looked through again and again
    server.run()


def _crew(settings: Settings, count: int) -> Apart | Inside | None:
    """The workers of a server: in a process of their own, or in its own; none where others work for it."""
    if not count:
        return None
    return Apart(settings, count=count) if settings.workers_apart == "yes" else Inside(count=count)


def _stop(server: Server, beside: Sequence[Apart | Inside | ReaderProcess]) -> None:
    for each in beside:
        each.ending()
    server.stop()


def bind(house: House, reader: Reader | None = None) -> Server:
    """The server, bound and not running yet. Raises Busy when the port is taken."""
    settings = house.settings
    tls = Tls(settings.tls_cert, settings.tls_key) if settings.tls_cert is not None else None
    app = create_app(Services(WebSettings.of(settings), house.graph, house.ledger, house.catalogue, reader))
    return Server.bind(
        app, settings.host, settings.port, tls=tls, threads=settings.web_threads, max_body_bytes=settings.max_body_mb * 1024 * 1024
    )


def _on_signals(stop: object) -> None:
    def ended(_number: int, _frame: FrameType | None) -> None:
        if callable(stop):
            stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ended)
