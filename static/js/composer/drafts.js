import { read, remove, write } from "../lib/local_storage.js";

/** What a person has begun to write in each room, kept in this browser. */
export class Drafts {
  #start;

  constructor(user) {
    this.#start = `tertulia:draft:${user}:`;
  }

  of(room) {
    return read(this.#start + room, "");
  }

  keep(room, text) {
    if (text) write(this.#start + room, text);
    else remove(this.#start + room);
  }
}
