import { Emitter } from "../lib/emitter.js";

/** @import { RoomCard } from "../transport/frames.d.ts" */

const JOINED_KEY = "tertulia:stood";

/**
 * The shown room in the browser's address and history.
 *
 * Emits `room` (an id, by the back button) and `message` (a seq, by a link to a message of the shown room).
 *
 * @extends {Emitter<{ room: number, message: number }>}
 */
export class HistoryState extends Emitter {
  #addresses;
  /** @type {number | null} */
  #room = null;

  /** @param {{ roomAddress: string, conversationAddress: string, start: string }} addresses with 0 and - to replace */
  constructor(addresses) {
    super();
    this.#addresses = addresses;
    addEventListener("popstate", ({ state }) => this.#onPopState(state));
  }

  /** @param {RoomCard} room */
  address(room) {
    const { roomAddress, conversationAddress, start } = this.#addresses;
    if (room.kind !== "direct") return roomAddress.replace("/0/", `/${room.id}/`);
    // Conversations with deleted accounts have no address.
    return room.with ? conversationAddress.replace("/-/", `/${encodeURIComponent(room.name)}/`) : start;
  }

  /**
   * Whether the address is that of a room.
   *
   * @param {RoomCard} room
   */
  isAt(room) {
    const address = this.address(room);
    return address !== this.#addresses.start && new URL(address, location.href).pathname === location.pathname;
  }

  /** The seq of the message that the address names (`/rooms/7/#12`), or null. */
  get seq() {
    return Number(/^#(\d{1,15})$/.exec(location.hash)?.[1]) || null;
  }

  /** Removes the message from the address. */
  clearSeq() {
    if (this.seq) history.replaceState(history.state, "", location.pathname + location.search);
  }

  /** The room joined last in this tab: a page that shows a private conversation does not name it. */
  get joinedRoom() {
    try {
      return Number(sessionStorage.getItem(JOINED_KEY)) || null;
    } catch {
      return null;
    }
  }

  set joinedRoom(room) {
    try {
      sessionStorage.setItem(JOINED_KEY, String(room));
    } catch {
      // Storage is forbidden: a reload joins the default room.
    }
  }

  /**
   * Makes the address that of `room`.
   *
   * @param {RoomCard} room
   * @param {{ replace?: boolean }} [options] `replace` the history entry: the change was not the person's request
   */
  show(room, { replace = false } = {}) {
    const address = new URL(this.address(room), location.href);
    const isSame = address.pathname === location.pathname;
    if (isSame) address.hash = location.hash;
    this.#room = room.id;
    const state = { ...(isSame && history.state), room: room.id };
    if (isSame || replace) history.replaceState(state, "", address);
    else history.pushState(state, "", address);
  }

  /** @param {{ room?: number, drawer?: string } | null} state null after a link to a message */
  #onPopState(state) {
    if (!state) history.replaceState({ room: this.#room }, "");
    const room = state?.room ?? this.#room;
    if (room !== null && room !== this.#room) this.emit("room", room);
    else if (this.seq && !state?.drawer) this.emit("message", this.seq);
  }
}
