import { RoomLog } from "./room_log.js";

/** @import { LogCache } from "./log_cache.js" */

/** The logs of all rooms, restored from the browser's cache where there is no connection. */
export class RoomLogs {
  #cache;
  /** @type {Map<number, RoomLog>} */
  #logs = new Map();

  /** @param {LogCache} cache */
  constructor(cache) {
    this.#cache = cache;
  }

  /** @param {number} id */
  of(id) {
    const log = this.#logs.get(id) ?? new RoomLog();
    this.#logs.set(id, log);
    return log;
  }

  /** @param {number} id */
  forget(id) {
    this.#logs.delete(id);
    this.#cache.forget(id);
  }

  /** The connection was lost: messages may be missing from every log. */
  markStale() {
    this.#logs.forEach((log) => (log.isStale = true));
  }

  /**
   * Restores a log from the cache if this page holds nothing of it. Returns whether there is something to read.
   *
   * @param {number} id
   */
  restore(id) {
    const log = this.of(id);
    const cached = log.isKnown ? null : this.#cache.all.find(({ room }) => room.id === id);
    // The empty epoch is none of the server's: once connected, the log restarts.
    if (cached) log.apply({ epoch: "", since: 0, version: 0, reset: true, more: true, messages: cached.messages });
    return log.isKnown;
  }
}
