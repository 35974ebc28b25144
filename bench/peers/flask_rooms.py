"""A room chat on Flask-SocketIO with gevent. Stores nothing."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from flask import Flask  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent")


@socketio.on("join")
def join(room: str) -> str:
    join_room(room)
    return room


@socketio.on("message")
def message(line: dict[str, str]) -> None:
    emit("message", line, to=line["room"])


if __name__ == "__main__":
    socketio.run(app, port=int(sys.argv[1]))
