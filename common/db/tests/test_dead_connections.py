"""Lines to the database: one that leads to a dead machine ends by itself, whoever waits at it."""

import os
import socket

import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.footing("grown")


def test_the_kernel_gives_up_a_line_whose_other_end_says_nothing(committed):
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        unacknowledged = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) / 1000
        is_probed = line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count = (
            line.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
    assert unacknowledged == settings.DATABASE_TIMEOUT_SECONDS
    assert is_probed
    assert idle + interval * count < 2 * settings.DATABASE_TIMEOUT_SECONDS
