"""Files that only their owner may read, written so that neither a crash nor a power cut leaves half of one."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def prepare_private(path: Path) -> None:
    """Makes the folder (0700, if there is none) and an empty file (0600) where there is none; takes others' rights off the file.

    Raises `OSError`.
    """
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size == 0:
            os.fsync(descriptor)
            sync_folder(path.parent)
    finally:
        os.close(descriptor)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def replace_file(path: Path, content: bytes) -> None:
    """Writes the whole new file beside the old one, syncs it, and puts it in its place. Raises `OSError`."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """What was written by others to this file is on the disk when this returns. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A new file's name must be on the disk too, or a power cut could lose the whole file."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
