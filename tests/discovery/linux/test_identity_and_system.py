# ruff: noqa: E501  # recorded output is as long as it is
"""Identity, operating system, users and services, in the variants that tools print them in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from discovery.linux import identity, services, system, users
from discovery.linux.services import Service
from tests.discovery.linux.recorded import section


class TestIdentity:
    def test_dmidecode_counts_the_first_block_of_a_kind(self) -> None:
        text = "Base Board Information\n\tSerial Number: MAIN\n\nBase Board Information\n\tSerial Number: RISER\n\nSystem Information\n\tUUID: x\n"
        assert identity.parse_dmidecode(text) == {"board_serial": "MAIN", "product_uuid": "x"}

    def test_dmi_values_and_withheld_ones(self) -> None:
        assert identity.parse_dmi("sys_vendor=Dell Inc. \nproduct_serial!\nproduct_sku=\n") == (
            {"sys_vendor": "Dell Inc."},
            ("product_serial",),
        )

    def test_host_keys_lose_comments_and_doubles(self) -> None:
        key = "A" * 68
        assert identity.parse_host_keys(f"ssh-ed25519 {key} root@a\nssh-ed25519 {key}\nssh-rsa short\nnonsense {key}\n") == (
            f"ssh-ed25519 {key}",
        )

    @pytest.mark.parametrize(("pid", "answer"), [("4026531836", True), ("4026532590", False)])
    def test_only_the_first_namespaces_are_a_machine(self, pid: str, answer: bool) -> None:
        assert identity.in_first_namespaces(f"x -> pid:[{pid}]\ny -> uts:[4026531838]\n") is answer

    def test_namespaces_that_cannot_be_read_decide_nothing(self) -> None:
        assert identity.in_first_namespaces("ls: /proc/self/ns/pid: Permission denied") is None

    def test_a_file_left_in_an_image_makes_no_container_of_a_machine(self) -> None:
        marks, initial = "has=/.dockerenv", "a -> pid:[4026531836]\nb -> uts:[4026531838]"
        other = "a -> pid:[4026532000]\nb -> uts:[4026531838]"
        assert identity.read_identity(section(marks=marks, namespaces=initial, virt_container="docker")).container == ""
        assert identity.read_identity(section(marks=marks, namespaces=other)).container == "docker"
        assert identity.read_identity(section(marks="has=/proc/vz")).container == "openvz"


class TestSystem:
    def test_os_release_with_quotes_and_comments(self) -> None:
        text = '# comment=1\nNAME="A \\"B\\""\nVERSION_ID=\'1.2\'\nID=x\nbroken\n'
        assert system.parse_os_release(text) == {"NAME": 'A "B"', "VERSION_ID": "1.2", "ID": "x"}

    @pytest.mark.parametrize(
        ("told", "name", "version"),
        [
            ("Red Hat Enterprise Linux Server release 6.10 (Santiago)", "Red Hat Enterprise Linux Server", "6.10"),
            ("CentOS Linux release 7.9.2009 (Core)", "CentOS Linux", "7.9.2009"),
        ],
    )
    def test_systems_before_os_release(self, told: str, name: str, version: str) -> None:
        found = system.read_os(section(redhat_release=told))
        assert (found.name, found.version) == (name, version)

    @pytest.mark.parametrize(
        ("command", "told", "name", "version"),
        [
            ("suse_release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 3\n", "SLES", "11.3"),
            ("suse_release", "SUSE Linux Enterprise Desktop 10 (i586)\nVERSION = 10\nPATCHLEVEL = 0\n", "SLED", "10"),
            ("suse_release", "openSUSE 11.4 (x86_64)\nVERSION = 11.4\nCODENAME = Celadon\n", "openSUSE", "11.4"),
            ("lsb_release", 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n', "Ubuntu", "10.04"),
            ("dsm_version", 'majorversion="7"\nproductversion="7.2.1"\nbuildnumber="69057"\n', "Synology DSM", "7.2.1"),
        ],
    )
    def test_ansible_distribution_fixtures_and_synology(self, command: str, told: str, name: str, version: str) -> None:
        found = system.read_os(section(**{command: told}))
        assert (found.name, found.version) == (name, version)

    def test_the_start_is_cut_to_the_minute_because_its_second_jitters(self) -> None:
        assert (
            system.parse_boot_time("btime 1795387019")
            == system.parse_boot_time("btime 1795386961")
            == datetime(2026, 11, 22, 22, 36, tzinfo=UTC)
        )

    def test_lscpu_old_and_nested(self) -> None:
        flat = '{"lscpu":[{"field":"CPU(s):","data":"2"},{"field":"Model name:","data":"X"}]}'
        nested = (
            '{"lscpu":[{"field":"CPU(s):","data":"2"},{"field":"Vendor ID:","data":"V","children":[{"field":"Model name:","data":"X"}]}]}'
        )
        assert system.parse_lscpu(flat)["Model name"] == system.parse_lscpu(nested)["Model name"] == "X"

    def test_processors_of_an_arm_board_and_a_pc(self) -> None:
        assert system.parse_cpuinfo("processor\t: 0\nprocessor\t: 1\nHardware\t: BCM2711\n") == ("BCM2711", 2)
        assert system.parse_cpuinfo("processor : 0\nmodel name : AMD EPYC\n") == ("AMD EPYC", 1)


class TestUsers:
    def test_admins_by_group_by_own_group_and_by_uid_0(self) -> None:
        found = users.read_admins(
            section(groups_file="wheel:x:10:ada,\nsudo:x:27:", passwd="root:x:0:0::/:/bin/sh\nbob:x:5:10::/:/bin/sh\neve:x:6:6::/:/bin/sh")
        )
        assert found == ("ada", "bob", "root")

    def test_logged_in_by_who_and_loginctl_without_greeters(self) -> None:
        assert users.read_logged_in(section(who="ada pts/0 x\n", loginctl="3 1001 eve seat0 tty2\nc1 113 gdm seat0 tty1")) == ("ada", "eve")


class TestServices:
    def test_systemd_units(self) -> None:
        found = services.parse_units(
            "● bad.service not-found inactive dead bad.service\nssh.service loaded active running OpenSSH server\nx.timer loaded active waiting y\n"
        )
        assert found == {"ssh": Service("ssh", True, "OpenSSH server")}

    def test_installed_but_stopped_services_are_known(self) -> None:
        found = services.read_services(
            section(systemd="ssh.service loaded active running S", systemd_files="clamav-daemon.service disabled\ngetty@.service enabled")
        )
        assert {name: one.running for name, one in found.items()} == {"ssh": True, "clamav-daemon": False}

    def test_openrc_and_init_d(self) -> None:
        assert services.parse_openrc(" sshd   [  started  ]\n chronyd [ stopped ]\n")["chronyd"].running is False
        assert services.read_services(section(initd="ssh\ncron\n"))["cron"].running is None
