/** @import { Me } from "../lib/page_config.js" */
/** @import { RoomCard } from "../transport/frames.d.ts" */

/**
 * Whether the page offers moderation of a room: to its owner and to staff. The server enforces it.
 *
 * @param {Me} me
 * @param {RoomCard} room
 */
export function canModerate(me, room) {
  return room.kind !== "direct" && (me.staff || room.owner?.id === me.id);
}
