"""Database connections end by themselves if the other machine is dead."""

import os
import socket

import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.footing("grown")


def test_kernel_timeouts_are_set_on_database_sockets(committed):
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as database:
        unacknowledged = database.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000
        is_probed = database.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count = (
            database.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
    assert unacknowledged == settings.DATABASE_TIMEOUT_SECONDS
    assert is_probed
    assert idle + interval * count < 2 * settings.DATABASE_TIMEOUT_SECONDS
