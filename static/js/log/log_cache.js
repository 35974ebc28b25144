import { keysStartingWith, read, remove, write } from "../lib/local_storage.js";

/** @import { Message, RoomCard } from "../transport/frames.d.ts" */
/** @import { RoomLog } from "./room_log.js" */

const ROOMS_KEPT = 8;
const MESSAGES_KEPT = 40;
const CHARACTERS_KEPT = 60_000;
const WRITE_DELAY_MS = 1_500;

/** @typedef {{ room: RoomCard, messages: Message[], at: number }} CachedRoom `at` in milliseconds since 1970 */

/** The last messages of the rooms visited last, kept in `localStorage` to be read offline. */
export class LogCache {
  #prefix;
  /** @type {Map<number, { room: RoomCard, log: RoomLog }>} */
  #dirty = new Map();
  /** @type {Timer | undefined} */
  #timer;
  #isStopped = false;

  /** @param {number} userId */
  constructor(userId) {
    this.#prefix = `tertulia:memory:${userId}:`;
    addEventListener("pagehide", () => this.#flush());
    addEventListener("leave", () => this.stop());
  }

  /**
   * Schedules the room to be written; changes until then are written once.
   *
   * @param {RoomCard} room
   * @param {RoomLog} log
   */
  save(room, log) {
    this.#dirty.set(room.id, { room, log });
    this.#timer ??= setTimeout(() => this.#flush(), WRITE_DELAY_MS);
  }

  /**
   * Removes rooms that are no longer there.
   *
   * @param {(id: number) => boolean} exists
   */
  prune(exists) {
    this.all.forEach(({ room }) => exists(room.id) || this.forget(room.id));
  }

  /** @param {number} id */
  forget(id) {
    this.#dirty.delete(id);
    remove(this.#prefix + id);
  }

  /** From now on nothing is written. */
  stop() {
    this.#isStopped = true;
    this.#dirty.clear();
  }

  /** The room written last comes first. */
  get all() {
    const keys = keysStartingWith(this.#prefix);
    const cached = keys.map((key) => read(key, /** @type {CachedRoom | null} */ (null))).filter((one) => one !== null);
    return cached.sort((one, other) => other.at - one.at);
  }

  #flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isStopped || !this.#dirty.size) return;
    this.#dirty.forEach(({ room, log }) => {
      // While the page shows an older part of the log, the cached messages are newer.
      if (!log.hasLater) write(this.#prefix + room.id, { room, messages: lastOf(log.messages), at: Date.now() });
    });
    this.#dirty.clear();
    this.all.slice(ROOMS_KEPT).forEach(({ room }) => remove(this.#prefix + room.id));
  }
}

/**
 * As many of the last messages as the cache's limits allow.
 *
 * @param {Message[]} messages
 */
function lastOf(messages) {
  let left = CHARACTERS_KEPT;
  let start = messages.length;
  const earliest = Math.max(0, messages.length - MESSAGES_KEPT);
  while (start > earliest) {
    const { text, html } = messages[start - 1];
    left -= text.length + html.length;
    if (left < 0) break;
    start -= 1;
  }
  return messages.slice(start);
}
