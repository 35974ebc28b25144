const REST_MS = 1_000;
// In a crowd everybody reads everything at once: the more people, the more seldom each of them says so.
const MORE_MS_A_PERSON = 20;
const LONGEST_MS = 30_000;

/** How far the reader has read each room, on whichever device: as the server tells it, and a moment ahead of it. */
export class Marks {
  #me;
  #send;
  #last = new Map();
  #read = new Map();
  #owed = new Map();
  #timer = null;
  #toldAt = -Infinity;

  /** `send(frame)` hands a frame to the line and answers whether there is one. */
  constructor(me, send) {
    this.#me = me;
    this.#send = send;
  }

  unread(room) {
    return this.#read.has(room) ? Math.max(0, (this.#last.get(room) ?? 0) - this.#read.get(room)) : 0;
  }

  /** Up to which seq a room is read, or null where the reader has never been. */
  readOf(room) {
    return this.#read.get(room) ?? null;
  }

  /** A new connection, and how things stand by `rooms`: what the server has not heard of is said again. */
  begin(rooms) {
    rooms.forEach((room) => {
      if (this.#read.get(room.id) > room.read_seq) this.#owed.set(room.id, this.#read.get(room.id));
      this.know(room);
    });
    this.#tell();
  }

  /** A room as a frame shows it. */
  know({ id, last_seq: last, read_seq: read }) {
    raise(this.#last, id, last);
    raise(this.#read, id, read);
  }

  /** An `unread` frame. */
  hear({ rooms }) {
    rooms.forEach(({ room, ...marks }) => this.know({ id: room, ...marks }));
  }

  /** Messages have come; who was up to date still is after saying something. */
  arrived({ room, messages }) {
    messages.forEach(({ seq, author }) => {
      if (author?.id === this.#me.id && this.#read.get(room) === seq - 1) this.#read.set(room, seq);
      raise(this.#last, room, seq);
    });
  }

  /** The reader has seen a room, with so many `people` in it, up to `seq`. */
  readTo(room, seq, people = 0) {
    if (!this.#read.has(room) || this.#read.get(room) >= seq) return;
    this.#read.set(room, seq);
    this.#owed.set(room, seq);
    const rest = Math.min(LONGEST_MS, REST_MS + people * MORE_MS_A_PERSON);
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#toldAt + rest - performance.now()));
  }

  #tell() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#toldAt = performance.now();
    this.#owed.forEach((seq, room) => this.#send({ type: "read", room, seq }) && this.#owed.delete(room));
  }
}

function raise(marks, room, seq) {
  if (seq !== undefined && !(marks.get(room) >= seq)) marks.set(room, seq);
}
