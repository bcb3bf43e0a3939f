"""What an agent sent: prolog, contact, inventory or something else; by which agent, for which device. The content is not read yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from lxml import etree

from cmdb.errors import Invalid
from discovery.reports import netscan
from discovery.reports.cut import XmlList, cut_software, place_of, without_unread
from discovery.reports.jsontree import read_json
from discovery.reports.memory import never_read
from discovery.reports.own_time import once
from discovery.reports.text import tidy, to_utf8
from discovery.reports.wire import MAX_BODY, Compression, unwrap
from discovery.reports.xmltree import check_bounds, read_xml

Kind: TypeAlias = Literal["prolog", "contact", "inventory", "other"]
Product: TypeAlias = Literal[
    "fusioninventory", "ocs", "glpi", "glpi-android", "other", "osquery", "native", "lynis", "xccdf", "cyclonedx", "spdx"
]

MAX_ID = 200
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[0-9A-F]{8}")
_AGENTS: tuple[tuple[re.Pattern[str], Product], ...] = (
    (re.compile(r"(OCS-NG[A-Za-z_-]*?[Aa]gent)_v?([\w.+~-]+)", re.IGNORECASE), "ocs"),
    (re.compile(r"(Inventory Agent)/([\w.+~-]+) \([^)]{0,100}Android", re.IGNORECASE), "glpi-android"),
    (re.compile(r"(GLPI-(?:Agent|Inventory|Injector))_v?([\w.+~-]+)", re.IGNORECASE), "glpi"),
    (re.compile(r"(FusionInventory-(?:Agent|Inventory))_v?([\w.+~-]+)", re.IGNORECASE), "fusioninventory"),
)
_ANDROID = re.compile(r"\bandroid\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headers:
    """What the HTTP request says beside its body. Hostile like the body."""

    user_agent: str = ""
    agent_id: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an agent.

    `query` is its own word for what it wants; `agent` the agent with its version; `agent_id` the id of a GLPI agent's installation
    (lower-case UUID, or empty); `tasks` what a contact says is enabled. `tree` is the parsed body, still with everything in it:
    only `privacy.clean` reads it, and it is never stored. `software`: the list that an empty element stands for in an XML tree.
    `failed` names sections that could not be read there, with our words for it. `once` is the hash of the whole body,
    where it says itself when it was made (`own_time`): the same once more is the same report.
    """

    kind: Kind
    wire: Literal["xml", "json", "document"]
    compression: Compression
    product: Product
    agent: str
    deviceid: str
    agent_id: str = ""
    request_id: str = ""
    query: str = ""
    itemtype: str = ""
    partial: bool = False
    tag: str = ""
    tasks: tuple[str, ...] = ()
    tree: Any = field(default=None, repr=False, compare=False)
    software: XmlList | None = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    once: str = ""

    @property
    def subject(self) -> str:
        """Whose messages keep their order: the agent installation. Empty when it does not name itself."""
        return self.agent_id or self.deviceid


def read_message(data: bytes, headers: Headers | None = None, limit: int = MAX_BODY) -> Message:
    """The message in a body as it came over the wire. Raises Invalid, with a sentence for the operator, for everything else."""
    from discovery.reports import documents

    head = headers or Headers()
    body, compression = unwrap(data, limit)
    if (found := _from_cut(body, compression, head)) is not None:
        return found
    clean, notes = to_utf8(body)
    start = clean.lstrip()[:1]
    said: Any = None
    if start == b"<":
        said = root = read_xml(clean)
        found = documents.of_xml(root) or _from_xml(root, compression, head, notes)
    elif start == b"{":
        said = tree = read_json(clean)
        found = documents.of_json(tree) or _from_json(tree, compression, head, notes)
    else:
        found = documents.of_text(clean)
    if found is not None:
        if found.wire != "document":
            return replace(found, once=once(clean, said))
        return replace(found, compression=compression, notes=tuple(notes), once=once(clean, said, found.deviceid))
    raise Invalid("The body is neither XML nor JSON, no Lynis report and no SPDX document (nor zlib or gzip of them).", field="body")


def _from_cut(data: bytes, compression: Compression, head: Headers) -> Message | None:
    """An inventory whose list of software need not be parsed; None where the whole must be, for whatever reason."""
    cut = cut_software(data, never_read)
    if cut is None:
        return None
    check_bounds(data)
    try:
        message = _from_xml(read_xml(without_unread(cut.rest)), compression, head, cut.notes)
    except Invalid:
        return None  # the whole gives the reason, with the right line
    if message.kind != "inventory" or place_of(message.tree) is None:
        return None
    return replace(message, software=cut.software, once=once(cut.pieces(), message.tree))


def _from_xml(root: etree._Element, compression: Compression, head: Headers, notes: list[str]) -> Message:
    if str(root.tag).upper() != "REQUEST":
        raise Invalid("The XML is no inventory message: its first element must be REQUEST.", field="body")
    top = {str(child.tag).upper(): child for child in root}
    query = _text(top.get("QUERY")).upper()
    content = top.get("CONTENT")
    words = {"PROLOG": "prolog", "INVENTORY": "inventory"}
    kind: Kind = words.get(query, "other")  # type: ignore[assignment]
    if kind == "inventory" and content is None:
        raise Invalid("The inventory has no CONTENT.", field="body")
    client = "" if content is None else _text(content.find("VERSIONCLIENT"))
    product, agent = identify_agent(client, head.user_agent)
    scanned = netscan.of_xml(content) if query in netscan.QUERIES and content is not None else None
    found = Message(
        kind=kind,
        wire="xml",
        compression=compression,
        product=product,
        agent=agent,
        deviceid=_bounded(_text(top.get("DEVICEID"))),
        agent_id=_agent_id(head),
        request_id=_request_id(head),
        query=query[:40],
        itemtype=_text(top.get("ITEMTYPE"))[:40],
        tag=_bounded(_xml_tag(content)),
        tree=content,
        notes=tuple(notes),
    )
    return found if scanned is None else _of_another(found, scanned)


def _of_another(message: Message, tree: netscan.Tree) -> Message:
    """A device that the agent asked over the network: neither the agent's ids nor what is remembered of the agent are its own."""
    key = netscan.key(tree)
    if not key:
        raise Invalid("The network scan names neither a serial number nor an address nor a name of its device.", field="DEVICE")
    return replace(message, kind="inventory", deviceid=key, agent_id="", partial=True, tree=tree)


def _xml_tag(content: etree._Element | None) -> str:
    for row in () if content is None else content.iterfind("ACCOUNTINFO"):
        if _text(row.find("KEYNAME")).upper() == "TAG":
            return _text(row.find("KEYVALUE"))
    return ""


def _text(element: etree._Element | None) -> str:
    return tidy(element.text or "") if element is not None else ""


def _from_json(tree: dict[str, Any], compression: Compression, head: Headers, notes: list[str]) -> Message:
    content = tree.get("content")
    query = _word(tree.get("action")).lower() or ("inventory" if isinstance(content, dict) else "")
    if query == "inventory" and not isinstance(content, dict):
        raise Invalid("The inventory has no content object.", field="body")
    if not query:
        raise Invalid(
            "The JSON is no message of an agent (it has neither an action nor a content) and no report of another kind that is read here "
            "(native, CycloneDX, SPDX).",
            field="body",
        )
    kinds = {"inventory": "inventory", "netinventory": "inventory", "netdiscovery": "inventory", "contact": "contact"}
    kind: Kind = kinds.get(query, "other") if not query.startswith("net") or isinstance(content, dict) else "other"  # type: ignore[assignment]
    scanned = netscan.of_json(content) if kind == "inventory" and isinstance(content, dict) else None
    client = _word(content.get("versionclient")) if isinstance(content, dict) else ""
    product, agent = identify_agent(client, head.user_agent)
    if kind == "contact" and product == "other":
        product, agent = "glpi", " ".join(filter(None, (_word(tree.get("name")), _word(tree.get("version")))))[:100]
    tasks = tree.get("enabled-tasks")
    apart = isinstance(content, dict) and _is_esx(content)
    found = Message(
        kind=kind,
        wire="json",
        compression=compression,
        product=product,
        agent=agent,
        deviceid=_bounded(_word(tree.get("deviceid"))),
        agent_id="" if apart else _agent_id(head),
        request_id=_request_id(head),
        query=query[:40],
        itemtype=_word(tree.get("itemtype"))[:40],
        partial=tree.get("partial") is True or tree.get("partial") == 1,
        tag=_bounded(_word(tree.get("tag")) or _json_tag(content)),
        tasks=tuple(_word(task)[:40].lower() for task in tasks[:50]) if isinstance(tasks, list) else (),
        tree=content if kind == "inventory" else None,
        notes=tuple(notes),
    )
    return found if scanned is None else _of_another(found, scanned)


def _is_esx(content: Mapping[str, Any]) -> bool:
    """Whether it is of an ESX host: no agent runs there, one elsewhere asks it, and the id in the header is that one's."""
    os = content.get("operatingsystem")
    return isinstance(os, Mapping) and "vmware esx" in f"{_word(os.get('name'))} {_word(os.get('full_name'))}".lower()


def _json_tag(content: Any) -> str:
    info = content.get("accountinfo") if isinstance(content, Mapping) else None
    for row in info if isinstance(info, list) else [info]:
        if isinstance(row, Mapping) and _word(row.get("keyname")).upper() == "TAG":
            return _word(row.get("keyvalue"))
    return ""


def _word(value: Any) -> str:
    if isinstance(value, str):
        return tidy(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _bounded(value: str) -> str:
    return value[:MAX_ID]


def _agent_id(head: Headers) -> str:
    return head.agent_id.lower() if _UUID.fullmatch(head.agent_id) else ""


def _request_id(head: Headers) -> str:
    return head.request_id if _REQUEST_ID.fullmatch(head.request_id) else ""


def identify_agent(client: str, user_agent: str) -> tuple[Product, str]:
    """The product and `name version`, from VERSIONCLIENT, else from the User-Agent (OCS writes no VERSIONCLIENT)."""
    for said in (client[:300], user_agent[:300]):
        for pattern, product in _AGENTS:
            if found := pattern.search(said):
                return product, tidy(f"{found[1]} {found[2]}")[:100]
    if _ANDROID.search(client[:300]) or _ANDROID.search(user_agent[:300]):
        return "glpi-android", tidy(client or user_agent)[:100]
    return "other", tidy(client[:100] or user_agent[:100])
