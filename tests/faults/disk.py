"""A disk so small that it can be filled."""

import errno
import os
import subprocess

import pytest

DISK_BYTES = 32 * 1024 * 1024
PIECE_BYTES = 4096


class SmallDisk:
    """A file system of `DISK_BYTES` in memory, mounted on `path`."""

    def __init__(self, path):
        self.path = path
        self._ballast = path / "ballast"
        path.mkdir(exist_ok=True)
        self._mount("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0777", "tmpfs", str(path))

    def fill(self):
        """Leave nothing."""
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(PIECE_BYTES))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self):
        """Give back what `fill` has taken."""
        self._ballast.unlink()

    def unmount(self):
        # Lazily: a server process that is just ending may still hold a file.
        self._mount("umount", "--lazy", str(self.path))

    def _mount(self, *command):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        done = subprocess.run([*as_root, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"A full disk needs a small one, and we may not mount it here: {done.stderr.strip()}")
