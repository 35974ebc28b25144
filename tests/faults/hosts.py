"""Several hosts on one machine: network namespaces, each with a cable to one switch, that can be cut and mended."""

import asyncio
import contextlib
import ctypes
import os
import secrets
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

CLONE_NEWNET = 0x40000000  # linux/sched.h
FOLDER = "/run/netns"
REFUSED = (
    "Network namespaces are not allowed here (they need root, or CAP_SYS_ADMIN and CAP_NET_ADMIN), so three hosts"
    " cannot be tried: {}. HOSTS=off leaves this test out."
)


class Refused(Exception):
    """This machine lets us make no namespaces."""


def ip(*words):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(REFUSED.format(done.stderr.strip()))


class Network:
    """`with Network("site", "one") as net:` gives `net.hosts["one"]`, at `net.hosts["one"].address`."""

    def __init__(self, *names):
        self._prefix = f"tertulia-{secrets.token_hex(3)}"
        self._switch = f"{self._prefix}-switch"
        self._names = names
        self.hosts = {}

    def __enter__(self):
        with contextlib.ExitStack() as ends:
            self._add(self._switch, ends)
            ip("-n", self._switch, "link", "add", "lan", "type", "bridge")
            ip("-n", self._switch, "link", "set", "lan", "up")
            for number, name in enumerate(self._names, start=1):
                space = f"{self._prefix}-{name}"
                self._add(space, ends)
                self._plug_in(space, number)
                self.hosts[name] = Host(space, number)
                ends.callback(self.hosts[name].end)
            self._ends = ends.pop_all()
        return self

    def __exit__(self, *exc):
        self._ends.close()

    def _add(self, space, ends):
        ip("netns", "add", space)
        ends.callback(ip, "netns", "del", space)

    def _plug_in(self, space, number):
        ip(
            "link",
            "add",
            f"port{number}",
            "netns",
            self._switch,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            space,
        )
        ip("-n", self._switch, "link", "set", f"port{number}", "master", "lan", "up")
        ip("-n", space, "addr", "add", f"{address_of(number)}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", space, "link", "set", device, "up")

    def cut(self, name):
        """Cut the cable of that host: nothing comes or goes, and nobody is told."""
        ip("-n", self._switch, "link", "set", f"port{self.hosts[name].number}", "down")

    def mend(self, name):
        ip("-n", self._switch, "link", "set", f"port{self.hosts[name].number}", "up")


def address_of(number):
    return f"10.77.0.{number}"


class Host:
    """What runs there has that host's network: calls in threads of it, coroutines on a loop of it."""

    def __init__(self, space, number):
        self.number = number
        self.address = address_of(number)
        self._threads = ThreadPoolExecutor(2, initializer=enter, initargs=(space,))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, args=(space,), daemon=True)
        self._thread.start()

    def _live(self, space):
        enter(space)
        self._loop.run_forever()

    async def call(self, call, *args):
        """`call(*args)` there; the processes it starts live there too."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)

    async def do(self, coroutine):
        """What the coroutine returns, run there."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def end(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._threads.shutdown()


def enter(space):
    """Bring the thread that calls into a namespace; its threads' sockets and processes are there from then on."""
    file = os.open(f"{FOLDER}/{space}", os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(file, CLONE_NEWNET):
            raise Refused(REFUSED.format(os.strerror(ctypes.get_errno())))
    finally:
        os.close(file)
