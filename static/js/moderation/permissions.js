/** Whether `me` has the say in a room: its owner, and staff. The server decides; this is what to offer. */
export function rules(me, room) {
  return room.kind !== "direct" && (me.staff || room.owner?.id === me.id);
}
