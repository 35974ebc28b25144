import { read, write } from "./stored.js";

/** How far this browser's reader has read each private conversation. */
export class Marks {
  #key;

  constructor(user) {
    this.#key = `tertulia:read:${user}`;
  }

  unread({ id, last_seq: last = 0, read_seq: known = 0 }) {
    return Math.max(0, last - Math.max(known, this.#all[id] ?? 0));
  }

  /** Read each time anew: another tab may have written. */
  get #all() {
    return read(this.#key, {});
  }

  readTo(room, seq) {
    const all = this.#all;
    if ((all[room] ?? 0) < seq) write(this.#key, { ...all, [room]: seq });
  }
}
