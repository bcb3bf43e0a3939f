"""The host itself as an item: identifiers, and attributes by the catalogue's names. What is not known is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from cmdb.model.observation import Identifier, Item, Value
from discovery.linux.facts import Facts
from discovery.linux.form import chassis_of, choose_class, virtualization_of
from discovery.linux.untrusted import IPAddress, address
from discovery.placeholders import said

_CLOUDS = {"aws", "azure", "gce", "openstack", "digitalocean", "hetzner", "oracle", "ibmcloud", "scaleway", "vultr", "exoscale", "aliyun"}


def host_item(ref: str, facts: Facts, seen_at: str) -> Item:
    """The item. `seen_at` is the address it was reached by, if any."""
    attributes: dict[str, Value] = {
        **_names(facts),
        **_hardware(facts),
        **_system(facts),
        **_addresses(facts, seen_at),
        **_security(facts),
    }
    return Item(
        ref=ref,
        cls=choose_class(facts),
        identifiers=tuple(dict.fromkeys(_identifiers(facts))),
        attributes={name: value for name, value in attributes.items() if value not in ("", ())},
        software=facts.packages,
    )


def own_addresses(facts: Facts) -> tuple[IPAddress, ...]:
    """Every address configured on the host."""
    return tuple(dict.fromkeys(one.ip for interface in facts.interfaces for one in interface.addresses))


def reachable_addresses(facts: Facts) -> tuple[IPAddress, ...]:
    """The addresses by which others reach the host: none that is loopback or link-local, none that every host has."""
    several = (one.ip for interface in facts.interfaces if not interface.same_on_every_host for one in interface.addresses)
    return tuple(dict.fromkeys(ip for ip in several if not (ip.is_loopback or ip.is_link_local or ip.is_multicast)))


def iso(when: datetime) -> str:
    """The house's form of a time: UTC, milliseconds, Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _identifiers(facts: Facts) -> Iterable[Identifier]:
    identity = facts.identity
    dmi = identity.dmi
    if not identity.container:
        # A container shows the SMBIOS of its host (LXC does): that would make all containers of a host one machine.
        yield from _some("serial", dmi.get("product_serial"), dmi.get("sys_vendor", ""))
        yield from _some("serial", identity.device_tree.get("serial-number") or identity.device_tree.get("system-id"), _board_vendor(facts))
        yield from _some("uuid", dmi.get("product_uuid"))
        yield from _some("board_serial", dmi.get("board_serial"), dmi.get("board_vendor", ""))
        yield from _some("chassis_serial", dmi.get("chassis_serial"), dmi.get("chassis_vendor", ""))
    yield from _some("cloud_id", *_cloud(facts))
    yield from _some("machine_id", identity.machine_id if identity.machine_id != "uninitialized" else "")
    for key in identity.host_keys:
        yield Identifier("ssh_host_key", key)
    for interface in facts.interfaces:
        yield from _some("mac", interface.identity_mac)
    names = _names(facts)
    for kind in ("hostname", "fqdn"):
        value = names.get(kind)
        if isinstance(value, str):
            yield from _some(kind, value)


def _some(kind: str, value: str | None, scope: str = "") -> Iterable[Identifier]:
    if value:
        yield Identifier(kind, value, scope)


def _cloud(facts: Facts) -> tuple[str, str]:
    """The cloud's id of the instance: EC2 writes it into SMBIOS, elsewhere cloud-init keeps it."""
    identity = facts.identity
    tag = identity.dmi.get("board_asset_tag", "")
    if identity.dmi.get("sys_vendor") == "Amazon EC2" and tag.startswith("i-"):
        return tag, "aws"
    if identity.cloud in _CLOUDS and identity.cloud_instance and not identity.cloud_instance.startswith("iid-datasource"):
        return identity.cloud_instance, identity.cloud
    return "", ""


def _names(facts: Facts) -> dict[str, Value]:
    node = facts.platform.node
    short, _, domain = node.partition(".")
    told = facts.identity.fqdn
    fqdn = node if domain else told if "." in told.strip(".") and told.split(".")[0].lower() == short.lower() else ""
    if fqdn.startswith("localhost"):
        fqdn = ""
    return {"name": short, "hostname": short, "fqdn": fqdn, "domain": fqdn.partition(".")[2]}


def _hardware(facts: Facts) -> dict[str, Value]:
    hardware = facts.hardware
    found: dict[str, Value] = {"cpu_model": hardware.cpu_model, "virtualization": virtualization_of(facts)}
    if hardware.cpu_count:
        found["cpu_count"] = hardware.cpu_count
    if hardware.memory_bytes:
        found["memory_bytes"] = hardware.memory_bytes
    if facts.identity.container:
        return found
    return {**found, **_maker(facts.identity.dmi), **_board(facts)}


def _maker(dmi: Mapping[str, str]) -> dict[str, Value]:
    vendor, model, part_number = dmi.get("sys_vendor", ""), dmi.get("product_name", ""), dmi.get("product_sku", "")
    if "=" in part_number:
        part_number = ""  # Dell writes a list of settings there
    if vendor.upper() == "LENOVO" and " " in dmi.get("product_version", ""):
        # Lenovo writes the machine type (20XW004MGE) where others write the model's name.
        model, part_number = dmi["product_version"], model
    if not said(model):  # nobody named the machine: it is called by its board
        model = dmi.get("board_name", "")
    return {
        "vendor": said(vendor) or said(dmi.get("board_vendor", "")),
        "model": said(model),
        "part_number": said(part_number),
        "serial": said(dmi.get("product_serial", "")),
        "uuid": dmi.get("product_uuid", ""),
        "board_serial": said(dmi.get("board_serial", "")),
        "chassis_serial": said(dmi.get("chassis_serial", "")),
        "chassis_type": chassis_of(dmi),
        "bios_version": dmi.get("bios_version", ""),
    }


def _board(facts: Facts) -> dict[str, Value]:
    """Machines without SMBIOS: boards with a device tree, and IBM Z."""
    tree, mainframe = facts.identity.device_tree, facts.identity.mainframe
    if tree.get("model"):
        serial = tree.get("serial-number") or tree.get("system-id") or ""
        return {"vendor": _board_vendor(facts), "model": tree["model"], "serial": serial}
    if mainframe.get("Manufacturer"):
        return {"vendor": mainframe["Manufacturer"], "model": f"{mainframe.get('Type', '')} {mainframe.get('Model', '')}".strip()}
    return {}


def _board_vendor(facts: Facts) -> str:
    """`Raspberry Pi` of "Raspberry Pi 4 Model B Rev 1.4"; the first word of others."""
    words = facts.identity.device_tree.get("model", "").split()
    return " ".join(words[: 2 if words[:2] == ["Raspberry", "Pi"] else 1])


def _system(facts: Facts) -> dict[str, Value]:
    found: dict[str, Value] = {
        "os_family": "linux",
        "os_name": facts.os.name,
        "os_version": facts.os.version,
        "os_edition": facts.os.edition,
        "os_arch": facts.platform.machine,
        "kernel_version": facts.platform.release,
        "boot_id": facts.os.boot_id,
    }
    if facts.os.booted_at is not None:
        found["last_boot_at"] = iso(facts.os.booted_at)
    if facts.logged_in is not None:
        found["logged_in_users"] = facts.logged_in or None
    if facts.admins:
        found["local_admins"] = facts.admins
    return found


def _addresses(facts: Facts, seen_at: str) -> dict[str, Value]:
    ips = reachable_addresses(facts)
    lasting = (one for one in facts.interfaces if one.kind != "tunnel" and not one.same_on_every_host)
    macs = tuple(dict.fromkeys(one.mac for one in lasting if one.mac))
    found: dict[str, Value] = {"ip_addresses": tuple(str(ip) for ip in ips), "mac_addresses": macs}
    route = facts.routes[0] if facts.routes else None
    if route is not None:
        found["default_gateway"] = str(route.gateway)
    reached = address(seen_at)
    candidates = (reached, route.source if route else None, *_on_interface(facts, route.interface if route else ""), *ips)
    primary = next((ip for ip in candidates if ip is not None and ip in ips), None)
    if primary is not None:
        found["primary_ip"] = str(primary)
    return found


def _on_interface(facts: Facts, name: str) -> tuple[IPAddress, ...]:
    return tuple(one.ip for interface in facts.interfaces if interface.name == name for one in interface.addresses)


def _security(facts: Facts) -> dict[str, Value]:
    """True and false only where known; `null` where a product was looked for everywhere and is not there."""
    found: dict[str, Value] = {
        "mandatory_access_control": facts.access_control,
        "firewall_product": facts.firewall.product,
        "disk_encryption_method": facts.encryption.method,
        "antimalware_product": facts.antimalware.product or (None if facts.antimalware.present is False else ""),
        "antimalware_version": facts.antimalware.version,
    }
    known = {
        "disk_encrypted": facts.encryption.encrypted,
        "firewall_enabled": facts.firewall.enabled,
        "antimalware_present": facts.antimalware.present,
        "antimalware_enabled": facts.antimalware.enabled,
        "antimalware_up_to_date": facts.antimalware.up_to_date,
        "secure_boot": facts.secure_boot,
        "pending_security_updates": facts.updates.security,
        "reboot_required": facts.updates.reboot_required,
    }
    found |= {name: value for name, value in known.items() if value is not None}
    if facts.antimalware.signatures_at is not None:
        found["antimalware_signatures_at"] = iso(facts.antimalware.signatures_at)
    return found
