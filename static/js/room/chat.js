import { uuid } from "../lib/uuid.js";
import { words } from "../lib/words.js";

/** @import { Toast } from "../lib/toast.js" */
/** @import { LogCache } from "../log/log_cache.js" */
/** @import { PagePosition } from "../log/room_log.js" */
/** @import { EditFrame, EraseFrame, Message } from "../transport/frames.d.ts" */
/** @import { StateChange } from "../transport/transport.d.ts" */
/** @import { RoomEntry } from "./room_entry.js" */
/** @import { RoomStore } from "./room_store.js" */
/** @import { RoomParts, RoomView } from "./room_view.js" */

const PAGE_MESSAGES = 50;

/** What the person does: opens rooms, writes, edits and erases messages, reads older ones. */
export class Chat {
  #store;
  #view;
  #entry;
  #parts;

  /**
   * @param {RoomStore} store
   * @param {RoomView} view
   * @param {RoomEntry} entry
   * @param {RoomParts & { cache: LogCache, toast: Toast }} parts
   */
  constructor(store, view, entry, parts) {
    this.#store = store;
    this.#view = view;
    this.#entry = entry;
    this.#parts = parts;
  }

  /** @param {StateChange} change */
  onConnectionState({ state }) {
    if (state === "open") return;
    if (state === "offline" && this.#store.shownId === null) this.#restoreFromCache();
    this.#entry.clear();
    this.#parts.outbox.pause();
    this.#parts.timeline.cancelPage();
    this.#view.refreshPending();
  }

  /**
   * Shows a room, entering it if necessary.
   *
   * @param {number} id
   */
  open(id) {
    const room = this.#store.get(id);
    if (!room) return;
    this.#store.conversationWith = null;
    this.#parts.timeline.forgetSystemMessages();
    this.#parts.composer.focus();
    const isConversation = room.kind === "direct";
    const isCached = !this.#parts.connection.isOpen && this.#store.logs.restore(id);
    // Other rooms are shown when the server confirms that they are joined.
    if (isConversation || isCached) this.#view.show(room);
    if (isConversation || id !== this.#store.joinedId) this.#entry.enter(id);
    else this.#view.show(room);
  }

  /**
   * Opens the private conversation with a person; one without messages is begun by a command.
   *
   * @param {string} name
   */
  openConversation(name) {
    const conversation = this.#store.conversation(name);
    if (conversation) this.open(conversation.id);
    else this.#parts.composer.prefill(`#\\private<${name}> `);
  }

  /** @param {string} text */
  send(text) {
    const { outbox, timeline } = this.#parts;
    timeline.forgetSystemMessages();
    timeline.toEnd();
    outbox.add(text, this.#store.shownId);
  }

  /**
   * Requests another page of the shown room's log.
   *
   * @param {PagePosition} position
   */
  requestPage(position) {
    const { shownId: room, shownLog: log } = this.#store;
    if (room === null || !log) return;
    const id = uuid();
    const isSent = this.#parts.connection.send({ type: "history", id, room, ...position, limit: PAGE_MESSAGES });
    if (isSent) log.expectPage(id, position);
    else this.#parts.timeline.cancelPage();
  }

  /**
   * Returns whether the edit was sent.
   *
   * @param {Message} message
   * @param {string} text
   */
  edit({ seq }, text) {
    const room = this.#store.shownId;
    return room !== null && this.#sendNow({ type: "edit", id: uuid(), room, seq, text });
  }

  /** @param {Message} message */
  erase({ seq }) {
    const room = this.#store.shownId;
    if (room !== null) this.#sendNow({ type: "erase", id: uuid(), room, seq });
  }

  /** @param {EditFrame | EraseFrame} frame */
  #sendNow(frame) {
    const isSent = this.#parts.connection.send(frame);
    if (!isSent) this.#parts.toast.show(words("needs-line"));
    return isSent;
  }

  /** Offline from the start: shows what this browser has cached, until there is a connection. */
  #restoreFromCache() {
    const { cache, history } = this.#parts;
    const cached = cache.all;
    if (!cached.length) return;
    this.#store.replaceAll(cached.map(({ room }) => room));
    const { room } = cached.find((one) => history.isAt(one.room)) ?? cached[0];
    this.#store.logs.restore(room.id);
    this.#store.conversationWith = null;
    if (room.kind !== "direct") this.#store.rejoinId = room.id;
    this.#view.show(room, { replace: true });
  }
}
