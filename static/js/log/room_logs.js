import { RoomLog } from "./room_log.js";

/** What this page holds of each room's log, and what this browser remembers of it (`Memory`). */
export class Logs {
  #memory;
  #logs = new Map();

  constructor(memory) {
    this.#memory = memory;
  }

  of(id) {
    if (!this.#logs.has(id)) this.#logs.set(id, new RoomLog());
    return this.#logs.get(id);
  }

  forget(id) {
    this.#logs.delete(id);
    this.#memory.forget(id);
  }

  /** The line was cut: nobody knows what came meanwhile. */
  fallBehind() {
    this.#logs.forEach((log) => (log.behind = true));
  }

  /** Whether the room can be read without a line: this page holds some of it, or this browser remembers it. */
  recall(id) {
    const log = this.of(id);
    const kept = log.isKnown ? null : this.#memory.all.find(({ room }) => room.id === id);
    // No epoch: once there is a line, the room begins anew.
    if (kept) log.take({ epoch: "", since: 0, version: 0, reset: true, more: true, messages: kept.messages });
    return log.isKnown;
  }
}
