"""The reference of the settings, from the settings themselves."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.config import SettingInfo
from docs._ext.markdown import code, page, plain, table


def pages(settings: Sequence[SettingInfo]) -> dict[str, str]:
    """File name (without ending) → text."""
    rows = [[code(one.name), plain(one.description) + ("; never shown" if one.secret else ""), _default(one)] for one in settings]
    intro = [
        "Every setting is an environment variable; some commands take the same by an option, which wins.",
        "`moorings settings` lists them with their values in force. A variable that begins with `MOORINGS_` and is not in this list",
        "is refused at the start, so that a spelling mistake is not silently a default.",
    ]
    return {"settings": page("Settings", intro, table(["setting", "meaning", "default"], rows))}


def _default(one: SettingInfo) -> str:
    return code("the user's data folder" if one.name == "MOORINGS_DATA" else one.default)
