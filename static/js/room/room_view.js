/** @import { Composer } from "../composer/composer.js" */
/** @import { Outbox } from "../composer/outbox.js" */
/** @import { ModerationDialog } from "../moderation/moderation_dialog.js" */
/** @import { HistoryState } from "../navigation/history_state.js" */
/** @import { PeoplePanel } from "../presence/people_panel.js" */
/** @import { RoomCountdown } from "../presence/room_countdown.js" */
/** @import { TypingIndicator } from "../presence/typing_indicator.js" */
/** @import { Sidebar } from "../sidebar/sidebar.js" */
/** @import { Timeline } from "../timeline/timeline.js" */
/** @import { Connection } from "../transport/connection.js" */
/** @import { RoomCard } from "../transport/frames.d.ts" */
/** @import { ReadMarkers } from "../unread/read_markers.js" */
/** @import { UnreadBadge } from "../unread/unread_badge.js" */
/** @import { RoomControls } from "./room_controls.js" */
/** @import { RoomHeader } from "./room_header.js" */
/** @import { RoomStore } from "./room_store.js" */

/**
 * The parts of the page that show rooms.
 *
 * @typedef {object} RoomParts
 * @property {ReadMarkers} markers
 * @property {UnreadBadge} badge
 * @property {HistoryState} history
 * @property {Composer} composer
 * @property {Outbox} outbox
 * @property {Timeline} timeline
 * @property {Sidebar} sidebar
 * @property {PeoplePanel} people
 * @property {TypingIndicator} typing
 * @property {RoomHeader} header
 * @property {RoomControls} controls
 * @property {ModerationDialog} moderation
 * @property {RoomCountdown} countdown
 * @property {Connection} connection
 */

/** Shows the state of the room store on the page. */
export class RoomView {
  #store;
  #parts;

  /**
   * @param {RoomStore} store
   * @param {RoomParts} parts
   */
  constructor(store, parts) {
    this.#store = store;
    this.#parts = parts;
  }

  /**
   * Shows another room.
   *
   * @param {RoomCard} room
   * @param {{ replace?: boolean }} [options] `replace` the history entry: the change was not the person's request
   */
  show(room, { replace = false } = {}) {
    if (room.id === this.#store.shownId) return;
    const { history, composer, timeline, outbox, typing, markers } = this.#parts;
    composer.switchRoom(room.id, { previousIsGone: !this.#store.has(this.#store.shownId) });
    this.#store.shownId = room.id;
    typing.switchRoom(room.id);
    history.show(room, { replace });
    outbox.removeSent();
    timeline.switchRoom(this.#store.logs.of(room.id), markers.readTo(room.id));
    this.scrollToLinked();
    this.refresh(room);
    this.refreshPending();
    this.markRead();
    this.refreshList();
  }

  /**
   * Updates what is shown about the shown room.
   *
   * @param {RoomCard} room
   */
  refresh(room) {
    const { header, controls, moderation, countdown, people } = this.#parts;
    header.show(room);
    controls.show(room);
    moderation.show(room);
    countdown.show(room);
    if (room.kind === "direct") people.showConversation(room);
    else people.show(this.#store.people);
  }

  /** Updates the side bar and the unread total. */
  refreshList() {
    this.#parts.sidebar.show(this.#store.cards, this.#store.shownId);
    this.#parts.badge.show(this.#store.cards);
  }

  /** Updates the entries of the outbox that are for the shown room or for none that exists. */
  refreshPending() {
    const { outbox, timeline, connection } = this.#parts;
    const entries = outbox.entries.filter(({ room }) => room === this.#store.shownId || !this.#store.has(room));
    timeline.showPending(entries, connection.isOpen);
  }

  /** Marks the shown room as read, if its newest message is in view. */
  markRead() {
    const { timeline, markers } = this.#parts;
    const { shown, shownId, shownLog } = this.#store;
    if (document.hidden || shownId === null || !shownLog || !timeline.isAtEnd) return;
    const people = shown?.kind === "public" ? shown.people : undefined;
    this.trackUnread(shownId, () => markers.markRead(shownId, shownLog.last, people));
  }

  /**
   * Updates the list if `change` changes the unread count of a room.
   *
   * @param {number} room
   * @param {() => void} change
   */
  trackUnread(room, change) {
    const { markers } = this.#parts;
    const before = markers.unread(room);
    change();
    if (markers.unread(room) !== before) this.refreshList();
  }

  /** Scrolls to the message that the address names, once its room's log is known. */
  scrollToLinked() {
    const { history, timeline } = this.#parts;
    if (history.seq && this.#store.shownLog?.isKnown) timeline.scrollTo(history.seq);
  }
}
