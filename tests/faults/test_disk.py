"""The database's disk is full: people are told to wait, and go on by themselves when there is space."""

from tests.waiting import eventually

FULL_SECONDS = 4


async def test_a_full_disk_is_told_of_and_loses_nothing(site, small_disk):
    await site.open()
    await site.talk()
    small_disk.fill()
    await eventually(lambda: put_off(site), seconds=30, what="somebody is told that nothing can be stored")
    await site.go_on(FULL_SECONDS)
    small_disk.free()
    await site.acked_again()
    await site.is_right()


def put_off(site):
    return [attempt for attempt in site.history.attempts if attempt.outcome == "say unavailable"]
