"""Rows of disconnected sockets are deleted, also after failures of the database."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection, transaction

from rooms.presence.models import Socket
from tests.clients import ChatClient
from tests.waiting import until


async def test_socket_closed_during_outage_is_deleted_afterwards(people, cluster):
    [server] = await asyncio.to_thread(cluster, 1, DATABASE_TIMEOUT_SECONDS=1)
    async with ChatClient(server, people.ana) as ana:
        await ana.expect("notice", code="welcome")

        await sync_to_async(disconnect_during_lock)(server, ana)

    await sync_to_async(until)(lambda: not Socket.live().filter(user=people.ana.id).exists(), what="ana is gone")


def disconnect_during_lock(server, client):
    """Drop the client's connection while a transaction locks the table of sockets."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            connection.cursor().execute("LOCK TABLE rooms_socket IN ACCESS EXCLUSIVE MODE")
        client.socket.loop.call_soon_threadsafe(client.socket.transport.abort)
        until(lambda: "Could not release" in server.log(), what="the server has tried")


async def test_stray_row_is_found_and_deleted(people, cluster):
    [server] = await asyncio.to_thread(cluster, 1)
    async with ChatClient(server, people.ana) as ana:
        await ana.expect("notice", code="welcome")
        stray = await sync_to_async(write_stray)(people.ana, people.bruno)

        await sync_to_async(until)(lambda: not Socket.objects.filter(pk=stray).exists(), what="the stray row is gone")
        assert await Socket.live().filter(user=people.ana.id).acount() == 1


def write_stray(ana, bruno):
    """Write a row of a missing client, under the lease of ana's server."""
    mine = Socket.live().get(user=ana.id)
    return Socket.objects.create(pk=mine.pk + 1, process_id=mine.process_id, user_id=bruno.id, room_id=mine.room_id).pk
