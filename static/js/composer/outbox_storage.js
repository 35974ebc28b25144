import { keysStartingWith, read, remove, write } from "../lib/local_storage.js";
import { uuid } from "../lib/uuid.js";

const BEAT_MS = 5_000;
// Browsers slow the timers of hidden tabs down to one a minute: only a much longer silence means that a tab is gone.
const ABANDONED_MS = 150_000;

/**
 * Where a tab keeps what it has not sent, outliving a reload or a crash.
 *
 * Every page load has a shelf of its own and holds a lock of its name; who waits for the lock learns when that tab has
 * gone, and takes the shelf over, one of them alone. Without TLS there are no locks: there tabs show by a beat that they
 * live, and if two ever take the same shelf, the ids of the entries keep the server from saying anything twice.
 */
export class Shelf {
  #start;
  #key;
  #entries = [];
  #awaited = new Set();

  constructor(user) {
    this.#start = `tertulia:outbox:${user}:`;
    this.#key = this.#start + uuid();
    navigator.locks?.request(this.#key, () => new Promise(() => {})).catch(() => null);
    setInterval(() => this.#beat(Date.now()), BEAT_MS);
    addEventListener("pagehide", () => this.#beat(0));
    addEventListener("leave", () => (this.#entries = []));
    // A page that comes back from the browser's cache has given its shelf away.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  keep(entries) {
    this.#entries = entries;
    if (entries.length) this.#beat(Date.now());
    else remove(this.#key);
  }

  /** Hands over what tabs have left that are gone, now or (with locks) as soon as they go: `take(entries)`. */
  adopt(take) {
    const others = keysStartingWith(this.#start).filter((key) => key !== this.#key && !this.#awaited.has(key));
    others.forEach((key) => {
      if (navigator.locks) this.#await(key, take);
      else if (this.#isAbandoned(key)) this.#empty(key, take);
    });
  }

  #await(key, take) {
    this.#awaited.add(key);
    const empty = () => {
      this.#awaited.delete(key);
      this.#empty(key, take);
    };
    navigator.locks.request(key, empty).catch(() => null);
  }

  /** First taken, then removed: twice kept is said once, but what is lost is lost. */
  #empty(key, take) {
    const { entries } = read(key, { entries: [] });
    if (entries.length) take(entries);
    remove(key);
  }

  #isAbandoned(key) {
    return Date.now() - read(key, { beat: 0 }).beat > ABANDONED_MS;
  }

  #beat(beat) {
    if (this.#entries.length) write(this.#key, { beat, entries: this.#entries });
  }
}
