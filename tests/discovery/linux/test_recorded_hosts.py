"""Whole hosts: what five recorded systems become as observations."""

from __future__ import annotations

import pytest

from cmdb.model.catalogue import Catalogue, check_attributes
from cmdb.model.observation import Software
from tests.discovery.linux.recorded import HOSTS, coverage, has, host, observed, of_class, reasons, relations, values

NAMES = sorted(path.stem for path in HOSTS.glob("*.txt"))


@pytest.mark.parametrize("name", NAMES)
def test_every_observation_fits_the_catalogue(name: str) -> None:
    catalogue = Catalogue.load()
    observation = observed(name)
    classes = {item.ref: item.cls for item in observation.items}
    for item in observation.items:
        cls = catalogue.cls(item.cls)
        assert not cls.abstract, item
        check_attributes(cls, item.attributes)
        assert item.parent is None or item.parent in classes
    for relation in observation.relations:
        kind = catalogue.relations[relation.type]
        assert kind.allows(catalogue, classes[relation.source], classes[relation.target]), relation
    assert len(classes) == len(observation.items), "every ref once"


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_of_a_command_line_is_in_the_observation(name: str) -> None:
    assert "hunter2" not in repr(observed(name))


def test_a_debian_virtual_machine() -> None:
    observation = observed("debian-vm")
    machine = host(observation)
    assert machine.cls == "virtual_machine"
    assert has(machine, "uuid", "5c241f42-a87f-fa60-1234-5678deadbeef")
    assert has(machine, "serial", "Not Specified", "QEMU"), "raw: the block list belongs to reconciliation"
    assert values(machine, "mac") == ["52:54:00:ab:cd:01"]
    assert values(machine, "fqdn") == ["db1.example.org"]
    assert len(values(machine, "ssh_host_key")) == 2
    told = machine.attributes
    assert told["os_name"] == "Debian GNU/Linux"
    assert told["os_version"] == "12"
    assert told["cpu_count"] == 2
    assert told["memory_bytes"] == 24684084 * 1024
    assert told["default_gateway"] == "10.1.0.1"
    assert told["primary_ip"] == "10.1.0.5"
    assert told["ip_addresses"] == ("10.1.0.5", "2001:db8:1::5")
    assert told["last_boot_at"] == "2026-11-22T22:37:00.000Z"
    assert told["logged_in_users"] == ("ada",)
    assert told["local_admins"] == ("ada", "grace", "operator", "root", "toor")
    assert machine.software is not None
    assert Software("libc6", "2.36-9+deb12u4", "amd64", "", "deb") in machine.software
    assert "telnet" not in {one.name for one in machine.software}, "removed, only its configuration is left"


def test_the_security_state_of_the_debian_machine() -> None:
    told = host(observed("debian-vm")).attributes
    assert told["firewall_enabled"] is True
    assert told["disk_encrypted"] is False
    assert told["antimalware_product"] == "ClamAV"
    assert told["antimalware_enabled"] is False, "clamd runs, the on-access scanner does not"
    assert told["antimalware_signatures_at"] == "2026-11-21T07:34:00.000Z"
    assert told["pending_security_updates"] == 2
    assert told["reboot_required"] is True
    assert told["mandatory_access_control"] == "apparmor:enabled"
    assert "antimalware_up_to_date" not in told, "nobody told"


def test_programs_and_their_dependencies() -> None:
    observation = observed("debian-vm")
    programs = of_class(observation, "software_instance")
    postgres = programs["host/program/postgres:5432"]
    assert values(postgres, "process_name") == ["postgres:5432"]
    assert values(postgres, "listens_at") == ["tcp/10.1.0.5/5432"], "loopback is for this host alone"
    java = programs["host/program/java:8080"]
    assert set(values(java, "listens_at")) >= {"tcp/10.1.0.5/8080", "tcp/2001:db8:1::5/8080"}, "a wildcard is every address"
    assert java.attributes["command"] == "/usr/bin/java -Xmx1g -Dspring.datasource.password=[redacted] -jar /opt/shop/shop.jar"
    needs = relations(observation, "depends_on")
    assert ("host/program/java:8080", "host/program/postgres:5432") in needs, "over loopback, resolved inside"
    assert ("host/program/java:8080", "far/tcp/10.1.0.9/6379") in needs, "an IPv4 address in IPv6 dress"
    assert ("host/program/java:8080", "far/tcp/10.1.0.40/389") in needs, "seen in the second sample only"
    assert ("host/program/java:8080", "far/tcp/2001:db8:1::9/443") in needs
    assert ("host/program/chronyd:323", "far/udp/10.1.0.2/123") in needs
    assert ("host", "far/tcp/10.1.0.20/2049") in needs, "the kernel's own connection: NFS"
    far = programs["far/tcp/10.1.0.9/6379"]
    assert (far.parent, dict(far.attributes), values(far, "listens_at")) == (None, {}, ["tcp/10.1.0.9/6379"])
    targets = {target for _, target in needs}
    assert not {target for target in targets if "/10.1.0.8/" in target or "/10.1.0.99/" in target}, "who calls us is not what we need"
    assert "far/tcp/10.1.0.30/22" not in targets, "somebody's ssh session is no dependency"
    assert "far/tcp/10.1.0.66/25" not in targets, "not connected yet"
    assert ("host/program/sshd:22", "host") in relations(observation, "runs_on")
    assert not [ref for ref in programs if "avahi" in ref], "a random UDP port is no service"


def test_neighbours_by_arp_are_known_by_reference_only() -> None:
    observation = observed("debian-vm")
    device = of_class(observation, "device")["mac/00:1b:17:00:01:30"]
    assert (values(device, "mac"), dict(device.attributes)) == (["00:1b:17:00:01:30"], {})
    assert ("mac/00:1b:17:00:01:30", "ip/10.1.0.1") in relations(observation, "has_address")
    assert "ip/10.1.0.77" not in of_class(observation, "ip_address"), "never answered"


def test_a_hypervisor_with_bonds_bridges_and_guests() -> None:
    observation = observed("rhel-hypervisor")
    machine = host(observation)
    assert machine.cls == "hypervisor"
    assert has(machine, "serial", "7XK2M13", "Dell Inc."), "withheld from the user, read by sudo dmidecode"
    assert has(machine, "board_serial", ".7XK2M13.CNFCP0032K00AB.", "Dell Inc.")
    assert values(machine, "mac") == ["b4:45:06:aa:00:01", "b4:45:06:aa:00:02"], "burned in; no bridge, no guest's tap, no USB port"
    assert machine.attributes["default_gateway"] == "10.1.0.1", "the lower metric"
    assert machine.attributes["chassis_type"] == "rack mount"
    interfaces = of_class(observation, "interface")
    assert interfaces["host/if/bond0.20"].attributes["vlan"] == 20
    assert interfaces["host/if/eno2"].attributes["permanent_mac"] == "b4:45:06:aa:00:02"
    assert "host/if/vnet0" not in interfaces
    assert "host/if/lo" not in interfaces
    guests = {ref: (values(item, "uuid"), item.attributes["name"]) for ref, item in of_class(observation, "virtual_machine").items()}
    assert guests["guest/vm/5c241f42-a87f-fa60-1234-5678deadbeef"] == (["5c241f42-a87f-fa60-1234-5678deadbeef"], "db1")
    assert ("guest/vm/0b0c3f1e-5a4d-4c3b-9a0f-1e2d3c4b5a69", "host") in relations(observation, "hosted_on")
    assert coverage(observation)["vms"] == "complete"


def test_cables_by_lldp() -> None:
    observation = observed("rhel-hypervisor")
    cables = relations(observation, "connected_to")
    assert cables == {
        ("host/if/eno1", "lldp/00:1c:73:00:aa:01/Ethernet12"),
        ("host/if/eno2", "lldp/d4:04:ff:00:bb:02/ge-0/0/12"),
    }
    far = of_class(observation, "device")["lldp/00:1c:73:00:aa:01"]
    assert has(far, "chassis_id", "00:1c:73:00:aa:01", "mac")
    assert values(far, "fqdn") == ["tor1.example.org"]
    port = of_class(observation, "interface")["lldp/d4:04:ff:00:bb:02/ge-0/0/12"]
    assert (port.parent, values(port, "if_name")) == ("lldp/d4:04:ff:00:bb:02", ["ge-0/0/12"]), "a local number is told by its description"
    assert coverage(observation)["neighbours"] == "complete"


def test_the_security_state_of_the_hypervisor() -> None:
    told = host(observed("rhel-hypervisor")).attributes
    assert "firewall_enabled" not in told, "its service runs, and nft was refused: nobody read the rules"
    assert told["secure_boot"] is True
    assert told["mandatory_access_control"] == "selinux:enforcing"
    assert told["antimalware_enabled"] is True
    assert told["antimalware_up_to_date"] is True
    assert told["reboot_required"] is True
    assert told["disk_encrypted"] is False
    assert "pending_security_updates" not in told


def test_a_busybox_host_with_docker() -> None:
    observation = observed("alpine-docker")
    machine = host(observation)
    assert machine.cls == "server"
    assert has(machine, "serial", "10000000abcdef01", "Raspberry Pi")
    assert values(machine, "mac") == ["dc:a6:32:01:02:03", "dc:a6:32:01:02:04"]
    assert machine.attributes["ip_addresses"] == ("10.1.0.40",), "docker's bridge has the same address on every host"
    assert {one.name for one in machine.software or ()} == {"alpine-baselayout", "libcrypto3", "py3-foo-bar"}
    containers = of_class(observation, "container")
    web = next(item for item in containers.values() if item.attributes["name"] == "web")
    assert (web.parent, web.attributes["image"], web.attributes["state"]) == ("host", "nginx:1.27", "running")
    assert len(containers) == 2
    needs = relations(observation, "depends_on")
    assert ("host/program/docker-proxy:8080", web.ref) in needs, "a published port leads into its container"
    assert ("host/program/telegraf:161", "far/tcp/10.1.0.9/6379") in needs, "from /proc/net, without ss"
    assert {item.attributes["medium"] for item in of_class(observation, "disk").values()} == {"ssd", "hdd"}
    assert machine.attributes["firewall_enabled"] is False, "fail2ban alone is no firewall"
    assert machine.attributes["disk_encrypted"] is False
    assert machine.attributes["antimalware_product"] is None, "looked everywhere, and there is none"
    assert machine.attributes["antimalware_present"] is False
    assert "none of the known products" in reasons(observation)["security"]


def test_a_laptop_looked_at_without_root() -> None:
    observation = observed("arch-laptop")
    machine = host(observation)
    assert machine.cls == "laptop"
    assert values(machine, "serial") == []
    assert coverage(observation)["identity"] == "partial"
    assert "needs root: product_serial" in reasons(observation)["identity"]
    assert values(machine, "mac") == ["8c:8c:aa:01:02:03", "04:33:c2:aa:bb:cc"], "the WLAN's burned-in address; not the dongle's"
    assert machine.attributes["model"] == "ThinkPad X1 Carbon Gen 9"
    assert machine.attributes["part_number"] == "20XW004MGE"
    assert machine.attributes["disk_encrypted"] is True
    assert machine.attributes["disk_encryption_method"] == "luks2"
    assert machine.attributes["secure_boot"] is False
    assert "firewall_enabled" not in machine.attributes, "not permitted is not absent"
    assert "Operation not permitted" in reasons(observation)["security"]
    assert coverage(observation)["containers"] == "refused"
    assert coverage(observation)["vms"] == "refused"
    assert coverage(observation)["processes"] == "partial"
    needs = relations(observation, "depends_on")
    assert needs == {("host/program/thunderbird", "far/tcp/10.1.0.25/993")}, "a browser's public far ends are nobody's dependency"
    assert "host/program/firefox" not in of_class(observation, "software_instance")
    assert {one.ecosystem for one in machine.software or ()} == {"pacman", "flatpak"}
    assert coverage(observation)["software"] == "complete", "no snap daemon means no snaps"


def test_a_container_with_old_tools() -> None:
    observation = observed("centos7-container")
    machine = host(observation)
    assert machine.cls == "virtual_machine"
    assert machine.attributes["virtualization"] == "lxc"
    assert values(machine, "serial") == values(machine, "uuid") == [], "they are its host's"
    assert "vendor" not in machine.attributes
    assert values(machine, "mac") == ["00:16:3e:aa:bb:cc"]
    assert of_class(observation, "disk") == {}
    assert coverage(observation)["disks"] == "not_looked"
    assert (machine.attributes["os_name"], machine.attributes["os_version"]) == ("CentOS Linux", "7.9.2009")
    assert machine.attributes["cpu_model"] == "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"
    assert machine.attributes["default_gateway"] == "10.1.0.1"
    programs = of_class(observation, "software_instance")
    assert values(programs["host/program/mysqld:3306"], "listens_at") == ["tcp/10.1.0.61/3306"]
    assert ("host/program/httpd:80", "far/tcp/10.1.0.5/5432") in relations(observation, "depends_on"), "a worker's is its parent's"
