import { Emitter } from "../lib/emitter.js";

/** @import { User } from "../transport/frames.d.ts" */

/**
 * The people whom the reader has blocked. Emits `change`.
 *
 * @extends {Emitter<{ change: undefined }>}
 */
export class BlockedUsers extends Emitter {
  /** @type {User[]} */
  #users = [];

  /** @param {User[]} users */
  replace(users) {
    this.#users = users;
    this.emit("change", undefined);
  }

  /** @param {User | null} user */
  has(user) {
    return this.#users.some(({ id }) => id === user?.id);
  }

  /** @param {string} name */
  hasName(name) {
    return this.#users.some((user) => user.name === name);
  }
}
