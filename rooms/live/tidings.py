"""What a transaction has changed, told to those whom it concerns."""

from collections import defaultdict


def tidings(outcomes):
    """What one transaction has changed, as `(head, messages, groups, ring)`, one for each room."""
    messages = defaultdict(dict)
    for outcome in outcomes:
        messages[outcome.head.room_id][outcome.message.seq] = outcome.message
    for head in {outcome.head.room_id: outcome.head for outcome in outcomes}.values():
        changed = sorted(messages[head.room_id].values(), key=lambda message: message.version)
        message = {
            "type": "saved",
            "room": head.room_id,
            "epoch": head.epoch,
            "since": head.since,
            "version": head.version,
            "messages": [message.shape() for message in changed],
            "members": head.member_ids,
        }
        groups = [user_group(pk) for pk in head.member_ids] or [room_group(head.room_id)]
        yield head, changed, groups, message


def room_group(room_id):
    return f"room.{room_id}"


def user_group(user_id):
    return f"user.{user_id}"
