import { uuid } from "../lib/uuid.js";

/** @import { EnterFrame } from "../transport/frames.d.ts" */
/** @import { RoomStore } from "./room_store.js" */

/** `enter` requests and which of them are unanswered. */
export class RoomEntry {
  #store;
  #send;
  /** Rooms by the id of the request. @type {Map<string, number>} */
  #pending = new Map();

  /**
   * @param {RoomStore} store
   * @param {(frame: EnterFrame) => boolean} send
   */
  constructor(store, send) {
    this.#store = store;
    this.#send = send;
  }

  /**
   * Enters a room, or reads on in a private conversation; without a connection as soon as there is one.
   *
   * @param {number} room
   */
  enter(room) {
    const id = uuid();
    this.#pending.set(id, room);
    const isSent = this.#send({ type: "enter", id, room, ...this.#store.logs.of(room).position });
    if (!isSent && this.#store.get(room)?.kind !== "direct") this.#store.rejoinId = room;
  }

  /** @param {number} room */
  isPending(room) {
    return [...this.#pending.values()].includes(room);
  }

  /**
   * Removes a request and returns its room.
   *
   * @param {string | null | undefined} id
   */
  settle(id) {
    if (!id) return undefined;
    const room = this.#pending.get(id);
    this.#pending.delete(id);
    return room;
  }

  /** The connection is lost, and with it all answers. */
  clear() {
    this.#pending.clear();
  }
}
