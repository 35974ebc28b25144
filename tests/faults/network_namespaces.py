"""Virtual hosts on one machine: network namespaces on one bridge, whose links can be taken down and up."""

import asyncio
import contextlib
import ctypes
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

CLONE_NEWNET = 0x40000000  # linux/sched.h
FOLDER = "/run/netns"
NOT_PERMITTED = (
    "Network namespaces are not permitted here (they need root, or CAP_SYS_ADMIN and CAP_NET_ADMIN), so the test of"
    " three hosts cannot run: {}. HOSTS=off deselects it."
)
Result = TypeVar("Result")


class NamespacesNotPermitted(Exception):
    """Raised where network namespaces cannot be created."""


def ip(*words: object) -> None:
    """Run an `ip` command; raises `NamespacesNotPermitted` if it fails."""
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NamespacesNotPermitted(NOT_PERMITTED.format(done.stderr.strip()))


class VirtualNetwork:
    """`with VirtualNetwork("site", "one") as network:` gives `network.hosts["one"]` and its `address`."""

    def __init__(self, *names: str) -> None:
        self._prefix = f"tertulia-{secrets.token_hex(3)}"
        self._switch = f"{self._prefix}-switch"
        self._names = names
        self.hosts: dict[str, NamespaceHost] = {}

    def __enter__(self) -> "VirtualNetwork":
        with contextlib.ExitStack() as cleanup:
            self._add(self._switch, cleanup)
            ip("-n", self._switch, "link", "add", "lan", "type", "bridge")
            ip("-n", self._switch, "link", "set", "lan", "up")
            for number, name in enumerate(self._names, start=1):
                namespace = f"{self._prefix}-{name}"
                self._add(namespace, cleanup)
                self._plug_in(namespace, number)
                self.hosts[name] = NamespaceHost(namespace, number)
                cleanup.callback(self.hosts[name].stop)
            self._cleanup = cleanup.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._cleanup.close()

    def _add(self, namespace: str, cleanup: contextlib.ExitStack) -> None:
        ip("netns", "add", namespace)
        cleanup.callback(ip, "netns", "del", namespace)

    def _plug_in(self, namespace: str, number: int) -> None:
        ends = ["link", "add", f"port{number}", "netns", self._switch, "type", "veth"]
        ip(*ends, "peer", "name", "eth0", "netns", namespace)
        ip("-n", self._switch, "link", "set", f"port{number}", "master", "lan", "up")
        ip("-n", namespace, "addr", "add", f"{address_of(number)}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", namespace, "link", "set", device, "up")

    def disconnect(self, name: str) -> None:
        """Take down the host's link: packets are lost silently in both directions."""
        ip("-n", self._switch, "link", "set", f"port{self.hosts[name].number}", "down")

    def reconnect(self, name: str) -> None:
        """Bring the host's link up again."""
        ip("-n", self._switch, "link", "set", f"port{self.hosts[name].number}", "up")


def address_of(number: int) -> str:
    return f"10.77.0.{number}"


class NamespaceHost:
    """Runs functions and coroutines, and the processes they start, inside a network namespace."""

    def __init__(self, namespace: str, number: int) -> None:
        self.number = number
        self.address = address_of(number)
        self._threads = ThreadPoolExecutor(2, initializer=enter_namespace, initargs=(namespace,))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, args=(namespace,), daemon=True)
        self._thread.start()

    def _run_loop(self, namespace: str) -> None:
        enter_namespace(namespace)
        self._loop.run_forever()

    async def call(self, function: Callable[..., Result], *args: object) -> Result:
        """Run `function(*args)` in a thread of the host."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def run(self, coroutine: Coroutine[object, object, Result]) -> Result:
        """Run a coroutine on the host's event loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._threads.shutdown()


def enter_namespace(namespace: str) -> None:
    """Move the calling thread into a namespace: its sockets and child processes belong there from then on."""
    file = os.open(f"{FOLDER}/{namespace}", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(file, CLONE_NEWNET):
            raise NamespacesNotPermitted(NOT_PERMITTED.format(os.strerror(ctypes.get_errno())))
    finally:
        os.close(file)
