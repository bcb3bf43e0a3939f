"""What kind of thing a host is: the class it gets, and its chassis in words."""

from __future__ import annotations

from collections.abc import Mapping

from discovery.linux.facts import Facts
from discovery.linux.untrusted import whole

# SMBIOS reference specification (DSP0134) 7.4.1, System Enclosure or Chassis Types.
_WORDS = (
    "desktop|low-profile desktop|pizza box|mini tower|tower|portable|laptop|notebook|hand held|docking station|all in one|sub notebook"
    "|space-saving|lunch box|main server chassis|expansion chassis|sub chassis|bus expansion chassis|peripheral chassis|RAID chassis"
    "|rack mount|sealed-case PC|multi-system chassis|compact PCI|advanced TCA|blade|blade enclosure|tablet|convertible|detachable"
    "|IoT gateway|embedded PC|mini PC|stick PC"
)
CHASSIS = dict(enumerate(_WORDS.split("|"), start=3))
_LAPTOPS = {8, 9, 10, 14, 31, 32}
_DESKTOPS = {3, 4, 13, 15, 16, 24, 35, 36}
_TOWERS = {6, 7}

# Product and vendor names that virtual hardware shows, for hosts without systemd-detect-virt.
_VIRTUAL_PRODUCTS = (
    ("vmware", "vmware"),
    ("virtualbox", "oracle"),
    ("kvm", "kvm"),
    ("qemu", "qemu"),
    ("bochs", "qemu"),
    ("virtual machine", "microsoft"),
    ("hvm domu", "xen"),
    ("xen", "xen"),
    ("parallels", "parallels"),
    ("openstack", "kvm"),
    ("google compute engine", "google"),
    ("alibaba cloud", "kvm"),
    ("droplet", "kvm"),
    ("vserver", "kvm"),
    ("amazon ec2", "amazon"),
    ("bhyve", "bhyve"),
)


def virtualization_of(facts: Facts) -> str:
    """`docker`, `kvm`, `vmware`, …; `none` for a machine of its own; empty where it cannot be told."""
    identity = facts.identity
    if identity.container:
        return identity.container
    if identity.virtual_machine:
        return identity.virtual_machine
    product = " ".join(identity.dmi.get(name, "") for name in ("sys_vendor", "product_name", "bios_vendor")).lower()
    if ".metal" not in product:
        for word, kind in _VIRTUAL_PRODUCTS:
            if word in product:
                return kind
    if facts.hardware.hypervisor_vendor:
        return facts.hardware.hypervisor_vendor.lower()
    return "none" if identity.dmi.get("product_name") else ""


def chassis_of(dmi: Mapping[str, str]) -> str:
    """The chassis type in words; empty for Other, Unknown and numbers outside the standard."""
    number = whole(dmi.get("chassis_type", ""))
    return CHASSIS.get(number & 0x7F, "") if number is not None and number >= 0 else ""


def choose_class(facts: Facts) -> str:
    """The class of the host.

    - In a virtual machine or a container: `virtual_machine`. A container with a shell and an address of its own is, for whoever works with
      it, a computer made of software; `container` is for what a host says of its own containers.
    - By the chassis: `laptop`, `desktop`, `tablet`. Their form counts more than that they host guests, since compliance is asked of them.
      A tower without a graphical target is a server.
    - Hosts guests: `hypervisor`.
    - Otherwise, and where nothing is known of the form: `server`. It is the most general class a computer can have that is no endpoint;
      reconciliation counts it among the generic ones, so any more telling source wins over it.
    """
    if virtualization_of(facts) not in ("", "none"):
        return "virtual_machine"
    chassis = (whole(facts.identity.dmi.get("chassis_type", "")) or 0) & 0x7F
    if chassis in _LAPTOPS:
        return "laptop"
    if chassis == 30:
        return "tablet"
    if chassis in _DESKTOPS or (chassis in _TOWERS and facts.os.graphical):
        return "desktop"
    return "hypervisor" if facts.guests.guests else "server"
