"""What is done to a restored site before anybody sees it."""

# Another epoch for each room: its log has gone back, so clients begin it anew. Random, for who restores the same backup
# twice has had two different futures.
EPOCHS = {
    "postgresql": "UPDATE rooms_room SET epoch = left(md5(random()::text || id), 8)",
    "sqlite": "UPDATE rooms_room SET epoch = lower(hex(randomblob(4)))",
}
# Who was connected then is not now, and what processes of then held nobody holds.
LEFT_BEHIND = ["rooms_socket", "rooms_process", "rooms_duty"]
SESSIONS = "accounts_session"


def renewal(vendor, tables, sign_out=False):
    """The statements, for a database of that vendor with these tables; `sign_out` ends all sessions."""
    emptied = LEFT_BEHIND + [SESSIONS] * sign_out
    return [EPOCHS[vendor], *(f"DELETE FROM {table}" for table in emptied if table in tables)]  # noqa: S608, tables of ours
