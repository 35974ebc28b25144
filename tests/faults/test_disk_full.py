"""A full disk of the database: writers are told to retry, and succeed once there is space."""

from tests.waiting import eventually

FULL_SECONDS = 4


async def test_full_disk_is_reported_as_unavailable_and_loses_nothing(site, small_disk):
    await site.open()
    await site.start_writers()
    small_disk.fill()
    await eventually(lambda: unavailable_answers(site), seconds=30, what="a write is refused")
    await site.run_for(FULL_SECONDS)
    small_disk.free()
    await site.wait_acks_resume()
    await site.expect_no_violations()


def unavailable_answers(site):
    return [attempt for attempt in site.history.attempts if attempt.outcome == "say unavailable"]
