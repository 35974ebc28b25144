import { keysStartingWith, read, remove, write } from "../lib/local_storage.js";
import { uuid } from "../lib/uuid.js";

/** @import { OutboxEntry } from "./outbox.js" */

const HEARTBEAT_MS = 5_000;
// Browsers throttle timers of hidden tabs to one a minute: only a much longer silence means that a tab is gone.
const ABANDONED_MS = 150_000;
const SCAN_MS = 30_000;

/**
 * A tab's unsent entries in `localStorage`, where they survive a reload or a crash.
 *
 * Each page load has a key of its own and holds a Web Lock of that name; other tabs wait for the lock and adopt the
 * entries, one of them alone, when that tab is gone. Without TLS there are no locks: a heartbeat then shows which tabs
 * are alive, and if two adopt the same entries their ids keep the server from storing anything twice.
 */
export class OutboxStorage {
  #prefix;
  #key;
  /** @type {OutboxEntry[]} */
  #entries = [];
  /** @type {Set<string>} */
  #awaited = new Set();

  /** @param {number} userId */
  constructor(userId) {
    this.#prefix = `tertulia:outbox:${userId}:`;
    this.#key = this.#prefix + uuid();
    // Held until the page is gone.
    navigator.locks?.request(this.#key, () => new Promise(() => {})).catch(() => null);
    setInterval(() => this.#writeHeartbeat(Date.now()), HEARTBEAT_MS);
    addEventListener("pagehide", () => this.#writeHeartbeat(0));
    addEventListener("leave", () => (this.#entries = []));
    // A page restored from the back/forward cache has lost its entries to another tab.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /** @param {OutboxEntry[]} entries */
  save(entries) {
    this.#entries = entries;
    if (entries.length) this.#writeHeartbeat(Date.now());
    else remove(this.#key);
  }

  /**
   * Hands over the entries of tabs that are gone, now and whenever another one goes.
   *
   * @param {(entries: OutboxEntry[]) => void} take
   */
  watch(take) {
    const scan = () => this.#adopt(take);
    scan();
    setInterval(scan, SCAN_MS);
    // Another tab has stored entries: wait for its lock.
    addEventListener("storage", scan);
  }

  /** @param {(entries: OutboxEntry[]) => void} take */
  #adopt(take) {
    const keys = keysStartingWith(this.#prefix);
    const others = keys.filter((key) => key !== this.#key && !this.#awaited.has(key));
    others.forEach((key) => {
      if (navigator.locks) this.#adoptWhenGone(key, take);
      else if (this.#isAbandoned(key)) this.#takeOver(key, take);
    });
  }

  /**
   * @param {string} key
   * @param {(entries: OutboxEntry[]) => void} take
   */
  #adoptWhenGone(key, take) {
    this.#awaited.add(key);
    const onLock = () => {
      this.#awaited.delete(key);
      this.#takeOver(key, take);
    };
    navigator.locks.request(key, onLock).catch(() => null);
  }

  /**
   * Takes before it removes: entries stored twice are sent once (idempotent), but lost ones are lost.
   *
   * @param {string} key
   * @param {(entries: OutboxEntry[]) => void} take
   */
  #takeOver(key, take) {
    const { entries } = read(key, { entries: /** @type {OutboxEntry[]} */ ([]) });
    if (entries.length) take(entries);
    remove(key);
  }

  /** @param {string} key */
  #isAbandoned(key) {
    return Date.now() - read(key, { beat: 0 }).beat > ABANDONED_MS;
  }

  /** @param {number} beat milliseconds since 1970; 0 when the page goes */
  #writeHeartbeat(beat) {
    if (this.#entries.length) write(this.#key, { beat, entries: this.#entries });
  }
}
