# ruff: noqa: E501  # recorded output is as long as it is
"""Disks, encryption and packages, in the variants that tools print them in."""

from __future__ import annotations

import pytest

from cmdb.model.observation import Software
from discovery.linux import disks, mounts, packages
from discovery.linux.transcript import Command, Section
from tests.discovery.linux.recorded import section


class TestDisks:
    def test_old_lsblk_writes_numbers_and_flags_as_text(self) -> None:
        text = '{"blockdevices":[{"name":"sda","kname":"sda","type":"disk","size":"500107862016","rota":"1","rm":"0","model":"ST500","children":[{"name":"sda1","kname":"sda1","type":"part","size":"1","rota":"1","rm":"0","mountpoint":"/"}]}]}'
        disk, part = disks.parse_lsblk_json(text)
        assert (disk.size_bytes, disk.rotational, disk.removable, disk.is_fixed_disk) == (500107862016, True, False, True)
        assert part.parents == ("sda",)

    def test_pairs_with_escapes(self) -> None:
        (disk,) = disks.parse_lsblk_pairs(
            'NAME="sda" KNAME="sda" PKNAME="" TYPE="disk" SIZE="1000" MODEL="LOGICAL\\x20VOLUME" ROTA="0" RM="0"'
        )
        assert (disk.model, disk.size_bytes, disk.rotational) == ("LOGICAL VOLUME", 1000, False)

    def test_a_device_over_two_disks_has_both_parents(self) -> None:
        rows = 'NAME="md0" KNAME="md0" PKNAME="sda1" TYPE="raid1" SIZE="1"\nNAME="md0" KNAME="md0" PKNAME="sdb1" TYPE="raid1" SIZE="1"\n'
        (device,) = disks.parse_lsblk_pairs(rows)
        assert device.parents == ("sda1", "sdb1")

    @pytest.mark.parametrize(
        ("name", "removable", "fixed"), [("zram0", "0", False), ("loop3", "0", False), ("sdb", "1", False), ("nvme0n1", "0", True)]
    )
    def test_what_counts_as_a_disk(self, name: str, removable: str, fixed: bool) -> None:
        (disk,) = disks.parse_blocks(f"disk={name}\nsize=2048\nremovable={removable}\n")
        assert disk.is_fixed_disk is fixed
        assert disk.size_bytes == 2048 * 512


class TestEncryption:
    def lay(self, *rows: tuple[str, str, str, str]) -> tuple[disks.BlockDevice, ...]:
        return tuple(
            disks.BlockDevice(name, name, kind, 1, tuple(filter(None, parents.split(","))), filesystem=filesystem)
            for name, kind, parents, filesystem in rows
        )

    def ask(self, source: str, *rows: tuple[str, str, str, str]) -> tuple[bool | None, str]:
        found = mounts.system_disk_encryption((mounts.Mount(source, "/", "ext4"),), self.lay(*rows), "")
        return found.encrypted, found.method

    def test_volume_on_luks(self) -> None:
        rows = (
            ("sda", "disk", "", ""),
            ("sda2", "part", "sda", "crypto_LUKS"),
            ("crypt", "crypt", "sda2", "LVM2_member"),
            ("root", "lvm", "crypt", "ext4"),
        )
        assert self.ask("/dev/mapper/root", *rows) == (True, "luks")

    def test_plain_partition(self) -> None:
        assert self.ask("/dev/sda1", ("sda", "disk", "", ""), ("sda1", "part", "sda", "ext4")) == (False, "")

    def test_one_plain_half_of_a_mirror_is_plain(self) -> None:
        rows = (("sda", "disk", "", ""), ("sdb", "disk", "", ""), ("ca", "crypt", "sda", ""), ("md0", "raid1", "ca,sdb", "ext4"))
        assert self.ask("/dev/md0", *rows) == (False, "")

    def test_a_volume_whose_ground_is_not_known_is_not_known(self) -> None:
        assert self.ask("/dev/mapper/root", ("root", "lvm", "", "ext4")) == (None, "")
        assert self.ask("overlay", ("sda", "disk", "", "")) == (None, "")

    @pytest.mark.parametrize(
        ("below", "answer"), [("ext4", None), ("DM_verity_hash", None), ("crypto_LUKS", True), ("BitLocker", True), ("", True)]
    )
    def test_what_the_kernel_only_verifies_is_not_encrypted(self, below: str, answer: bool | None) -> None:
        """lsblk calls dm-verity `crypt` by its UUID, CRYPT-VERITY-…; a plain dm-crypt lies on what looks like nothing."""
        rows = (("sda", "disk", "", ""), ("sda2", "part", "sda", below), ("vroot", "crypt", "sda2", "ext4"))
        assert self.ask("/dev/mapper/vroot", *rows)[0] is answer

    @pytest.mark.parametrize(("kind", "parents", "answer"), [("part", "sdb", None), ("crypt", "sdb", True)])
    def test_a_btrfs_may_lie_on_a_second_device(self, kind: str, parents: str, answer: bool | None) -> None:
        rows = (
            ("sda", "disk", "", "crypto_LUKS"),
            ("sdb", "disk", "", "crypto_LUKS"),
            ("root", "crypt", "sda", "btrfs"),
            ("second", kind, parents, "btrfs"),
        )
        found = mounts.system_disk_encryption((mounts.Mount("/dev/mapper/root", "/", "btrfs"),), self.lay(*rows), "")
        assert found.encrypted is answer

    def test_devices_in_a_circle_end(self) -> None:
        assert self.ask("/dev/a", ("a", "lvm", "b", ""), ("b", "lvm", "a", ""))[0] is None

    @pytest.mark.parametrize(("told", "answer"), [("aes-256-gcm", True), ("off", False), ("", None)])
    def test_zfs(self, told: str, answer: bool | None) -> None:
        assert mounts.system_disk_encryption((mounts.Mount("rpool/ROOT", "/", "zfs"),), (), told).encrypted is answer

    def test_a_mount_over_another_hides_it(self) -> None:
        found = mounts.parse_mounts("/dev/a / ext4 rw 0 0\n/dev/b\\040c / xfs rw 0 0\n")
        assert [(one.source, one.kind) for one in found] == [("/dev/b c", "xfs")]


class TestSoftware:
    def test_dpkg(self) -> None:
        assert packages.parse_dpkg(
            "a\t1:2-3\tamd64\tinstall ok installed\nb\t1\tall\tdeinstall ok config-files\nc\t1\tall\thold ok installed\nbad\n"
        ) == [
            Software("a", "1:2-3", "amd64", "", "deb"),
            Software("c", "1", "all", "", "deb"),
        ]

    def test_a_line_seen_on_another_host_is_the_same_object_and_twice_on_one_host_it_counts_once(self) -> None:
        line = "libc6\t2.36\tamd64\tinstall ok installed\n"
        other = "libc6\t2.36\ti386\tinstall ok installed\n"
        assert packages.parse_dpkg(line)[0] is packages.parse_dpkg(line)[0]
        command = Command("dpkg", line + other + line, 0)
        found, failures = packages.read_packages(Section("software", "complete", {"dpkg": command}))
        assert [(one.name, one.arch) for one in found] == [("libc6", "amd64"), ("libc6", "i386")]
        assert failures == ()

    def test_rpm_without_keys_and_without_an_epoch_of_none(self) -> None:
        text = "gpg-pubkey\t(none):x-y\t(none)\t(none)\nbash\t(none):4.2.46-35.el7_9\tx86_64\tCentOS\nopenssl\t1:3.0-1\tx86_64\t(none)\nz\t0:1-1\tnoarch\tV\n"
        assert [(one.name, one.version, one.publisher) for one in packages.parse_rpm(text)] == [
            ("bash", "4.2.46-35.el7_9", "CentOS"), ("openssl", "1:3.0-1", ""), ("z", "1-1", "V"),
        ]  # fmt: skip

    def test_apk_names_hold_dashes_and_digits(self) -> None:
        text = "WARNING: opening x\npy3-foo-2-bar-1.2.3_rc1-r10 aarch64 {py3} (MIT) [installed]\nmusl-1.2.4-r2\n"
        assert [(one.name, one.version, one.arch) for one in packages.parse_apk(text)] == [
            ("py3-foo-2-bar", "1.2.3_rc1-r10", "aarch64"),
            ("musl", "1.2.4-r2", ""),
        ]

    def test_snap_flatpak_pacman(self) -> None:
        snap = "Name    Version   Rev    Tracking       Publisher   Notes\ncore22  20240111  1122   latest/stable  canonical✓  base\n"
        assert packages.parse_snap(snap) == [Software("core22", "20240111", "", "canonical", "snap")]
        assert packages.parse_flatpak("org.mozilla.firefox\t132.0\tx86_64\tflathub\n")[0].name == "org.mozilla.firefox"
        assert packages.parse_pacman("bash 5.2.037-1\nnot a row\n") == [Software("bash", "5.2.037-1", "", "", "pacman")]

    def test_a_manager_that_fails_is_a_failure_and_one_that_is_absent_is_not(self) -> None:
        found, failures = packages.read_packages(section(dpkg="a\t1\tall\tinstall ok installed"))
        assert (len(found), failures) == (1, ())
