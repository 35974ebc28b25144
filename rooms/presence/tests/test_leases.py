"""A process whose lease row has disappeared, as after a restore of a backup."""

import asyncio

from rooms.presence.models import Process, Socket
from rooms.protocol.errors import ChatError
from tests.hubs import until


async def test_process_without_row_disconnects_clients_and_takes_a_new_lease(hub, connect):
    await hub.leases.held()
    old, lapses = hub.leases.process_id, []
    hub.leases._on_lapse = lambda: lapses.append(hub.leases.process_id)
    await Process.objects.filter(pk=old).adelete()

    crowd = [connect(name).open() for name in ("ana", "bruno", "carla")]
    refused = await asyncio.gather(*crowd, return_exceptions=True)

    assert all(isinstance(error, ChatError) and error.code == "unavailable" for error in refused)
    await until(lambda: lapses and hub.leases.is_held)
    ana = connect("ana")
    await ana.open()
    assert len(lapses) == 1 and hub.leases.process_id != old
    assert await Socket.live().filter(process=hub.leases.process_id).acount() == 1
