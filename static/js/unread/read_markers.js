/** @import { Me } from "../lib/page_config.js" */
/** @import { EventsFrame, ReadFrame, ReadState, UnreadFrame } from "../transport/frames.d.ts" */

const MIN_GAP_MS = 1_000;
// In a crowded room everybody reads a message at once: the more people, the more seldom each of them reports it.
const GAP_PER_PERSON_MS = 20;
const MAX_GAP_MS = 30_000;

/**
 * How far the reader has read each room, on any device. Local changes count at once and are sent as `read` frames,
 * throttled.
 */
export class ReadMarkers {
  #me;
  #send;
  /** Seq of each room's last message. @type {Map<number, number>} */
  #last = new Map();
  /** Up to which seq each room is read. @type {Map<number, number>} */
  #read = new Map();
  /** Markers to send. @type {Map<number, number>} */
  #unsent = new Map();
  /** @type {Timer | undefined} */
  #timer;
  #sentAt = -Infinity;

  /**
   * @param {Pick<Me, "id">} me
   * @param {(frame: ReadFrame) => boolean} send returns whether there is a connection
   */
  constructor(me, send) {
    this.#me = me;
    this.#send = send;
  }

  /**
   * Number of unread messages.
   *
   * @param {number} room
   */
  unread(room) {
    const read = this.#read.get(room);
    return read === undefined ? 0 : Math.max(0, (this.#last.get(room) ?? 0) - read);
  }

  /**
   * Up to which seq a room is read; null for rooms never joined.
   *
   * @param {number} room
   */
  readTo(room) {
    return this.#read.get(room) ?? null;
  }

  /**
   * On a new connection: takes over the server's markers, and sends again those that it does not have.
   *
   * @param {Array<{ id: number } & ReadState>} rooms
   */
  onHello(rooms) {
    rooms.forEach((room) => {
      const read = this.#read.get(room.id);
      if (read !== undefined && room.read_seq !== undefined && read > room.read_seq) this.#unsent.set(room.id, read);
      this.update(room);
    });
    this.#flush();
  }

  /**
   * Raises the markers of a room; they never fall.
   *
   * @param {{ id: number } & ReadState} room
   */
  update({ id, last_seq: last, read_seq: read }) {
    raise(this.#last, id, last);
    raise(this.#read, id, read);
  }

  /** @param {UnreadFrame} frame */
  onUnread({ rooms }) {
    rooms.forEach(({ room, ...state }) => this.update({ id: room, ...state }));
  }

  /**
   * New messages. Writing one keeps a room read that was read before.
   *
   * @param {Pick<EventsFrame, "room" | "messages">} frame
   */
  onEvents({ room, messages }) {
    messages.forEach(({ seq, author }) => {
      if (author?.id === this.#me.id && this.#read.get(room) === seq - 1) this.#read.set(room, seq);
      raise(this.#last, room, seq);
    });
  }

  /**
   * The reader has seen a room up to `seq`.
   *
   * @param {number} room
   * @param {number} seq
   * @param {number} [people] in the room
   */
  markRead(room, seq, people = 0) {
    const read = this.#read.get(room);
    if (read === undefined || read >= seq) return;
    this.#read.set(room, seq);
    this.#unsent.set(room, seq);
    const gap = Math.min(MAX_GAP_MS, MIN_GAP_MS + people * GAP_PER_PERSON_MS);
    const wait = Math.max(0, this.#sentAt + gap - performance.now());
    this.#timer ??= setTimeout(() => this.#flush(), wait);
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    this.#unsent.forEach((seq, room) => this.#send({ type: "read", room, seq }) && this.#unsent.delete(room));
  }
}

/**
 * @param {Map<number, number>} markers
 * @param {number} room
 * @param {number} [seq]
 */
function raise(markers, room, seq) {
  if (seq !== undefined && seq > (markers.get(room) ?? -1)) markers.set(room, seq);
}
