"""A disk so small that a test can fill it."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

DISK_BYTES = 32 * 1024 * 1024
CHUNK_BYTES = 4096


class SmallDisk:
    """A tmpfs of `DISK_BYTES`, mounted on `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"
        path.mkdir(exist_ok=True)
        self._mount("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0777", "tmpfs", str(path))

    def fill(self) -> None:
        """Use up all free space."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(CHUNK_BYTES))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """Free the space that `fill` used."""
        self._filler.unlink()

    def unmount(self) -> None:
        # Lazily: a server process that is exiting may still hold a file open.
        self._mount("umount", "--lazy", str(self.path))

    def _mount(self, *command: str) -> None:
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        done = subprocess.run([*as_root, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"Tests of a full disk mount a small one, which is not permitted here: {done.stderr.strip()}")
