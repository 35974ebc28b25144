import { read, remove, write } from "../lib/local_storage.js";

/** Unsent text of each room's text box, kept in this browser. */
export class Drafts {
  #prefix;

  /** @param {number} userId */
  constructor(userId) {
    this.#prefix = `tertulia:draft:${userId}:`;
  }

  /** @param {number | null} room */
  of(room) {
    return read(this.#prefix + room, "");
  }

  /**
   * @param {number | null} room
   * @param {string} text
   */
  save(room, text) {
    if (text) write(this.#prefix + room, text);
    else remove(this.#prefix + room);
  }
}
