"""One Chromium a process: Playwright's loop must not be started twice, whichever folder's fixtures ask for it."""

from __future__ import annotations

import atexit
from functools import cache

from playwright.sync_api import Browser, sync_playwright


@cache
def browser(executable: str, arguments: tuple[str, ...]) -> Browser:
    """The browser, started at the first call and closed when the process ends."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=executable, args=list(arguments))
