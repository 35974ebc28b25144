/**
 * What has been said since this page first heard of a room, by others.
 *
 * Fires `news` (detail: `{room, messages}`, the room as `hello` describes it). What is read again after a gap, edited or
 * paged to is no news.
 */
export class News extends EventTarget {
  #me;
  #blocked;
  #rooms = new Map();
  #told = new Map();

  constructor(me, blocked) {
    super();
    this.#me = me;
    this.#blocked = blocked;
  }

  hear(frame) {
    if (frame.type === "hello") this.#hello(frame);
    if (frame.type === "room") this.#know([frame.room]);
    if (frame.type === "rooms") this.#know(frame.rooms);
    if (frame.type === "events" && this.#rooms.has(frame.room)) this.#events(frame);
  }

  #hello({ rooms, conversations }) {
    this.#know([...rooms, ...conversations]);
    conversations.forEach(({ id, last_seq: last }) => this.#told.has(id) || this.#told.set(id, last));
  }

  #know(rooms) {
    rooms.forEach((room) => this.#rooms.set(room.id, { ...this.#rooms.get(room.id), ...room }));
  }

  #events({ room: id, reset, messages }) {
    const room = this.#rooms.get(id);
    const last = Math.max(0, ...messages.map(({ seq }) => seq));
    // The first page of a room is its past; but a conversation that `hello` did not know has only just begun.
    const told = this.#told.get(id) ?? (reset && room.kind !== "direct" ? last : 0);
    this.#told.set(id, Math.max(told, last));
    const fresh = messages.filter(({ seq, author, erased }) => seq > told && !erased && this.#isHeard(author));
    if (fresh.length) this.dispatchEvent(new CustomEvent("news", { detail: { room, messages: fresh } }));
  }

  #isHeard(author) {
    return author?.id !== this.#me.id && !this.#blocked.has(author);
  }
}
