"""`python -m tests.server.worker VERB`: what a worker may do to its parent, without a site behind it.

`serve` answers each connection with its process id, `refuse` ends at once, `refuse-later` does so from the second
start on (`--peers` is the folder where it counts).
"""

import argparse
import os
import select
import signal
import socket
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("verb")
for name in ("fd", "number", "parent"):
    parser.add_argument(f"--{name}", type=int)
parser.add_argument("--peers")
options = parser.parse_args()

starts = Path(options.peers, f"start-{os.getpid()}")
starts.touch()
if options.verb == "refuse" or (options.verb == "refuse-later" and len(list(starts.parent.glob("start-*"))) > 1):
    sys.exit("no")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
door, parent = socket.socket(fileno=options.fd), socket.socket(fileno=options.parent)
parent.send(b"!")
while True:
    ready, _w, _x = select.select([door, parent], [], [])
    if parent in ready:
        break
    line, _address = door.accept()
    line.sendall(str(os.getpid()).encode())
    line.close()
