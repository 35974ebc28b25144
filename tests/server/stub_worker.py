"""`python -m tests.server.stub_worker BEHAVIOR`: a worker of the supervisor without a site.

`serve` answers each connection with the process id, `refuse` exits at once, `refuse-later` exits from the second start
on (starts are counted in the folder `--peers`).
"""

import argparse
import os
import select
import signal
import socket
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("behavior")
for name in ("fd", "number", "parent"):
    parser.add_argument(f"--{name}", type=int)
parser.add_argument("--peers")
options = parser.parse_args()

starts = Path(options.peers, f"start-{os.getpid()}")
starts.touch()
if options.behavior == "refuse" or (
    options.behavior == "refuse-later" and len(list(starts.parent.glob("start-*"))) > 1
):
    sys.exit("no")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
listener, parent = socket.socket(fileno=options.fd), socket.socket(fileno=options.parent)
parent.send(b"!")
while True:
    ready, _w, _x = select.select([listener, parent], [], [])
    if parent in ready:
        break
    connection, _address = listener.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
