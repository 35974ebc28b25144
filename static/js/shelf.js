import { keysStartingWith, read, remove, write } from "./stored.js";
import { uuid } from "./uuid.js";

const BEAT_MS = 5_000;
// Browsers slow the timers of hidden tabs down to one a minute: only a much longer silence means that a tab is gone.
const ABANDONED_MS = 150_000;

/**
 * Where a tab keeps what it has not sent, outliving a reload or a crash.
 *
 * Every page load has a shelf of its own; those that others left behind are taken over. If two tabs ever take the same,
 * the ids of the entries keep the server from saying anything twice.
 */
export class Shelf {
  #start;
  #key;
  #entries = [];

  constructor(user) {
    this.#start = `tertulia:outbox:${user}:`;
    this.#key = this.#start + uuid();
    setInterval(() => this.#beat(Date.now()), BEAT_MS);
    addEventListener("pagehide", () => this.#beat(0));
    // A page that comes back from the browser's cache has given its shelf away.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  keep(entries) {
    this.#entries = entries;
    if (entries.length) this.#beat(Date.now());
    else remove(this.#key);
  }

  takeAbandoned() {
    const keys = keysStartingWith(this.#start).filter((key) => key !== this.#key && this.#isAbandoned(key));
    return keys.flatMap((key) => {
      const { entries } = read(key, { entries: [] });
      remove(key);
      return entries;
    });
  }

  #isAbandoned(key) {
    return Date.now() - read(key, { beat: 0 }).beat > ABANDONED_MS;
  }

  #beat(beat) {
    if (this.#entries.length) write(this.#key, { beat, entries: this.#entries });
  }
}
