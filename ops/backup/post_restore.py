"""SQL that a restored database needs before it is served."""

from collections.abc import Container

# A new epoch for each room: its log went back in time, so clients must reset. Random, because two restores of one
# backup have different futures.
NEW_EPOCHS = {
    "postgresql": "UPDATE rooms_room SET epoch = left(md5(random()::text || id), 8)",
    "sqlite": "UPDATE rooms_room SET epoch = lower(hex(randomblob(4)))",
}
# Presence and leases of processes that no longer run.
STALE_TABLES = ["rooms_socket", "rooms_process", "rooms_duty"]
SESSIONS_TABLE = "accounts_session"


def post_restore_statements(vendor: str, tables: Container[str], sign_out: bool = False) -> list[str]:
    """The statements for a database of this vendor with these tables; `sign_out` ends all sessions."""
    emptied = [*STALE_TABLES, SESSIONS_TABLE] if sign_out else STALE_TABLES
    deletes = [f"DELETE FROM {table}" for table in emptied if table in tables]  # noqa: S608, tables of the site
    return [NEW_EPOCHS[vendor], *deletes]
