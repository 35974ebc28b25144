import { keysStartingWith, read, remove, write } from "../lib/local_storage.js";

const ROOMS_KEPT = 8;
const MESSAGES_KEPT = 40;
const CHARACTERS_KEPT = 60_000;
const WRITE_AFTER_MS = 1_500;

/** The last lines of the rooms one was in last, in this browser, to be read where there is no line. */
export class Memory {
  #start;
  #waiting = new Map();
  #timer = null;
  #stopped = false;

  constructor(user) {
    this.#start = `tertulia:memory:${user}:`;
    addEventListener("pagehide", () => this.#write());
    addEventListener("leave", () => this.stop());
  }

  /** Soon, and once for all that comes until then. */
  keep(room, log) {
    this.#waiting.set(room.id, { room, log });
    this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER_MS);
  }

  /** Lets go of the rooms that are not among `ids` any more. */
  keepOnly(ids) {
    this.all.forEach(({ room }) => ids.has(room.id) || this.forget(room.id));
  }

  forget(id) {
    this.#waiting.delete(id);
    remove(this.#start + id);
  }

  /** From now on nothing is written. */
  stop() {
    this.#stopped = true;
    this.#waiting.clear();
  }

  /** `[{room, messages, at}]`, the latest first. */
  get all() {
    const kept = keysStartingWith(this.#start).map((key) => read(key, null)).filter(Boolean);
    return kept.sort((one, other) => other.at - one.at);
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped || !this.#waiting.size) return;
    this.#waiting.forEach(({ room, log }) => {
      // While older ones are on show, what was kept before is newer.
      if (!log.later) write(this.#start + room.id, { room, messages: lastOf(log.messages), at: Date.now() });
    });
    this.#waiting.clear();
    this.all.slice(ROOMS_KEPT).forEach(({ room }) => remove(this.#start + room.id));
  }
}

function lastOf(messages) {
  let left = CHARACTERS_KEPT;
  const last = messages.slice(-MESSAGES_KEPT).toReversed();
  const tooMany = last.findIndex(({ text, html }) => (left -= text.length + html.length) < 0);
  return last.slice(0, tooMany < 0 ? last.length : tooMany).toReversed();
}
