"""Pages and API for people, and the doors through which agents report."""

from __future__ import annotations

from flask import Flask

from web.services import Services

__all__ = ["Services", "create_app"]


def create_app(services: Services) -> Flask:
    """The application over these services. It starts nothing and binds nothing; `web.serving.serve` does.

    Raises Invalid when the web settings contradict themselves.
    """
    # Here, not above: pages and API take a second to import, and every command needs some module of this package.
    from web.application import application

    return application(services)
