"""The frames by which people keep order. Edges as those of `rooms.gateway.consumer`."""

from rooms.protocol import frames

from . import service as moderation


def answered(verb):
    """A handler of frames that tells the `Reply` of a verb; all of them count as something said."""

    async def handle(client, frame):
        client.rate.take()
        client.connection.send(frames.reply(await verb(client, frame), frame.id))

    return handle


moderate = answered(lambda client, frame: moderation.keep_order(client, frame.room, frame.action, frame.user))
slow = answered(lambda client, frame: moderation.slow_down(client, frame.room, frame.seconds))
banned = answered(lambda client, frame: moderation.banned(client, frame.room))
report = answered(lambda client, frame: moderation.report(client, frame.room, frame.seq, frame.why))
block = answered(lambda client, frame: moderation.block(client, frame.user, frame.blocked))
