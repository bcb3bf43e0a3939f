"""What makers of boards leave where a maker, a model or a serial number should stand (SMBIOS as shipped): names of the fields themselves.

Identity has a list of its own (reconciliation/data/blocklist.yaml) that a site extends; this is about what a page shows.
"""

from __future__ import annotations

import re

_NOTHING = re.compile(
    r"""(type\d\s*-\s*)?(system|base\s?board|board|mother\s?board|chassis|product|sku)?[\s_-]*
        (manufacturer|vendor|product|product\s?name|name|model|version|serial|serial\s?number|number|part\s?number|sku|asset\s?tag)
        |to\s?be\s?filled(\sby)?\s?(o\.?\s?e\.?\s?m\.?)?|default(\s?string)?|all\sseries|undefined|unspecified|unknown|none|null|invalid|empty|o\.?e\.?m\.?
        |not\s(specified|available|applicable|present|set|defined|settable)|no\sserial|n/?a|oemdefaultstring\d*|x{3,}|[\s0.*?_#-]*""",
    re.IGNORECASE | re.VERBOSE,
)


def said(value: str) -> str:
    """The value; empty where it only says that nobody filled it in."""
    return "" if _NOTHING.fullmatch(value.strip()) else value
