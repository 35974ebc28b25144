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
            "messages": [message.to_dict() for message in changed],
            "members": head.member_ids,
        }
        yield head, changed, groups_of(head.room_id, head.member_ids), message


def groups_of(room_id, member_ids):
    """Who hears of a room: those who listen to it, or the two people of a private conversation."""
    return [user_group(pk) for pk in member_ids] or [room_group(room_id)]


def room_group(room_id):
    return f"room.{room_id}"


def user_group(user_id):
    return f"user.{user_id}"
