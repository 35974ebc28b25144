import { Emitter } from "../lib/emitter.js";

/** @import { BlockedUsers } from "../moderation/blocked_users.js" */
/** @import { Me } from "../lib/page_config.js" */
/** @import { EventsFrame, HelloFrame, Message, RoomCard, User } from "../transport/frames.d.ts" */

/** @typedef {{ room: RoomCard, messages: Message[] }} NewMessages */

/**
 * Filters new messages of others out of `events` frames; emits them as `messages`. What is received again after a gap,
 * edited or paged to is not new.
 *
 * @extends {Emitter<{ messages: NewMessages }>}
 */
export class Incoming extends Emitter {
  #me;
  #blocked;
  /** @type {Map<number, RoomCard>} */
  #rooms = new Map();
  /** Seq of the newest message handled, by room. @type {Map<number, number>} */
  #handled = new Map();

  /**
   * @param {Me} me
   * @param {BlockedUsers} blocked
   */
  constructor(me, blocked) {
    super();
    this.#me = me;
    this.#blocked = blocked;
  }

  /** @param {HelloFrame} frame */
  onHello({ rooms, conversations }) {
    this.update([...rooms, ...conversations]);
    conversations.forEach(({ id, last_seq: last = 0 }) => this.#handled.has(id) || this.#handled.set(id, last));
  }

  /** @param {RoomCard[]} rooms */
  update(rooms) {
    rooms.forEach((room) => this.#rooms.set(room.id, { ...this.#rooms.get(room.id), ...room }));
  }

  /** @param {EventsFrame} frame */
  onEvents({ room: id, reset, messages }) {
    const room = this.#rooms.get(id);
    if (!room) return;
    const last = Math.max(0, ...messages.map(({ seq }) => seq));
    // A room's first page is its past; a conversation missing from `hello` has only just begun.
    const handled = this.#handled.get(id) ?? (reset && room.kind !== "direct" ? last : 0);
    this.#handled.set(id, Math.max(handled, last));
    const fresh = messages.filter(({ seq, author, erased }) => seq > handled && !erased && this.#isRelevant(author));
    if (fresh.length) this.emit("messages", { room, messages: fresh });
  }

  /** @param {User | null} author */
  #isRelevant(author) {
    return author?.id !== this.#me.id && !this.#blocked.has(author);
  }
}
