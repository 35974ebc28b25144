import { byId } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { rafThrottle } from "../lib/raf_throttle.js";
import { JumpButton } from "./jump_button.js";
import { ScrollPosition } from "./scroll_position.js";

/** @import { OutboxEntry } from "../composer/outbox.js" */
/** @import { PagePosition, RoomLog } from "../log/room_log.js" */
/** @import { Message } from "../transport/frames.d.ts" */
/** @import { SystemMessageKind } from "../messages/line_renderer.js" */
/** @import { MessageList } from "../messages/message_list.js" */
/** @import { PendingMessages } from "./pending.js" */
/** @import { SystemContent, SystemMessages } from "../messages/system_messages.js" */

// Browsers notify screen readers a moment after a change, and read `aria-live` only then.
const QUIET_MS = 200;
// Pages are requested this many screens before the reader reaches the end of what is rendered.
const PREFETCH_SCREENS = 1.5;
/** @type {PagePosition} */
const NEWEST = {};

/**
 * The shown room's messages. Follows new ones only while its reader is at the end.
 *
 * Emits `page` (the position of a page to request), `end` (the reader has come back to it) and `jump` (by the button).
 *
 * @extends {Emitter<{ page: PagePosition, end: undefined, jump: undefined }>}
 */
export class Timeline extends Emitter {
  #list;
  #pending;
  #system;
  #element = byId("timeline");
  #start = byId("start");
  #firstSteps = byId("first-steps");
  #jump = new JumpButton(() => this.#jumpToEnd());
  #scroll;
  /** @type {RoomLog | null} */
  #log = null;
  /** @type {Message[]} */
  #incoming = [];
  /** Up to which seq the room was read before; null if unknown. @type {number | null} */
  #readTo = null;
  /** Whether the next messages were missed while another room was shown. */
  #isCatchingUp = false;
  /** @type {number | null} */
  #sought = null;
  /** @type {HTMLElement | null} */
  #highlighted = null;
  /** The page that is requested. @type {PagePosition | null} */
  #requested = null;
  /** @type {Timer | undefined} */
  #quiet;
  #flushSoon = rafThrottle(() => this.#flush());

  /**
   * @param {MessageList} list
   * @param {PendingMessages} pending
   * @param {SystemMessages} system
   */
  constructor(list, pending, system) {
    super();
    this.#list = list;
    this.#pending = pending;
    this.#system = system;
    this.#scroll = new ScrollPosition(this.#element, list);
    this.#element.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    document.addEventListener("visibilitychange", () => document.hidden && this.#onHidden());
  }

  /**
   * Shows another room.
   *
   * @param {RoomLog} log
   * @param {number | null} readTo up to which seq it was read; null if unknown
   */
  switchRoom(log, readTo) {
    this.#readTo = readTo;
    this.show(log);
    this.#isCatchingUp = log.isKnown;
  }

  /**
   * Renders a log anew.
   *
   * @param {RoomLog} log
   */
  show(log) {
    this.#log = log;
    this.#isCatchingUp = false;
    this.#incoming = [];
    this.#requested = null;
    this.#silently(() => {
      this.#list.clear();
      this.#list.replaceAll(log.messages);
      this.#system.restore(log.end);
      this.#markUnread();
    });
    this.toEnd();
    this.#update();
  }

  /**
   * Renders new or changed messages with the next animation frame: in a busy room each one would cost a layout.
   *
   * @param {Message[]} messages
   */
  put(messages) {
    this.#incoming.push(...messages);
    this.#flushSoon();
  }

  /** The log holds another range now. */
  onPage() {
    const log = this.#log;
    if (!log) return;
    this.#requested = null;
    this.#silently(() => this.#scroll.preserve(() => this.#list.replaceAll(log.messages)));
    if (this.#sought !== null) this.#highlightSought();
    else if (this.#scroll.isFollowing) this.toEnd();
    this.#update();
  }

  /**
   * Scrolls to a message, wherever in the log it is.
   *
   * @param {number} seq
   */
  scrollTo(seq) {
    this.#sought = seq;
    if (this.#list.line(seq)) this.#highlightSought();
    else this.#request({ around: seq });
  }

  /**
   * @param {OutboxEntry[]} entries
   * @param {boolean} isOnline
   */
  showPending(entries, isOnline) {
    this.#pending.show(entries, isOnline);
    if (this.#scroll.isFollowing) this.toEnd();
  }

  /**
   * @param {SystemMessageKind} kind
   * @param {SystemContent} content
   */
  addSystemMessage(kind, content) {
    // Only if something is buffered: otherwise missed messages may still come, and are marked as unread then.
    if (this.#incoming.length) this.#flush();
    this.#system.add(kind, content, this.#log?.end ?? 0);
    if (this.#scroll.isFollowing) this.toEnd();
  }

  /** The next change of room leaves the system messages behind. */
  forgetSystemMessages() {
    this.#system.forget();
  }

  /**
   * The request for a page was refused: repeats it later.
   *
   * @param {number} seconds
   */
  retryPageAfter(seconds) {
    const refused = this.#requested;
    setTimeout(() => {
      if (this.#requested !== refused) return;
      this.#requested = null;
      if (refused === NEWEST || refused?.around) this.#request(refused);
      else if (this.#log) this.#requestNearby();
    }, seconds * 1_000);
  }

  /** The connection is lost, and with it the requested page. */
  cancelPage() {
    this.#requested = null;
  }

  toEnd() {
    this.#scroll.follow();
    this.#updateJump();
    if (this.#log?.hasLater && this.#requested !== NEWEST) this.#request(NEWEST);
  }

  /** Whether the newest message is in view. */
  get isAtEnd() {
    return this.#scroll.isFollowing && !this.#log?.hasLater;
  }

  #flush() {
    const log = this.#log;
    const incoming = this.#incoming;
    this.#incoming = [];
    if (!log) return;
    if (this.#scroll.isFollowing) log.trimOldest();
    else log.trimNewest();
    this.#scroll.preserve(() => {
      const held = incoming.map(({ seq }) => log.get(seq)).filter((message) => message !== undefined);
      held.forEach((message) => this.#list.put(message));
      if (this.#list.size !== log.size) this.#list.replaceAll(log.messages);
      if (document.hidden || this.#isCatchingUp) this.#markUnread();
      this.#isCatchingUp = false;
    });
    if (this.#scroll.isFollowing) this.toEnd();
    this.#update();
  }

  /** Messages that come while the page is hidden are marked as unread. */
  #onHidden() {
    if (this.isAtEnd) this.#readTo = this.#log?.end ?? null;
  }

  #markUnread() {
    if (this.#readTo !== null) this.#list.markUnread(this.#readTo);
  }

  #update() {
    const log = this.#log;
    // Whether the room begins here is unknown until its log has come.
    this.#start.hidden = !log?.isKnown || log.hasEarlier;
    this.#firstSteps.hidden = (log?.end ?? 0) > 0;
    this.#updateJump();
    this.#requestNearby();
  }

  #updateJump() {
    const cameBack = this.#jump.update(this.isAtEnd, this.#log?.end ?? 0);
    if (cameBack) this.emit("end", undefined);
  }

  #onScroll() {
    this.#scroll.update(Boolean(this.#log?.hasLater));
    this.#updateJump();
    this.#requestNearby();
  }

  #requestNearby() {
    const log = this.#log;
    if (this.#requested || !log?.size) return;
    const near = PREFETCH_SCREENS * this.#scroll.height;
    if (log.hasEarlier && this.#scroll.fromStart < near) this.#request({ before: log.first });
    else if (log.hasLater && this.#scroll.fromEnd < near) this.#request({ after: log.last });
  }

  /** @param {PagePosition} position */
  #request(position) {
    this.#requested = position;
    this.emit("page", position);
  }

  /**
   * Keeps screen readers from announcing a whole page of messages.
   *
   * @param {() => void} change
   */
  #silently(change) {
    this.#element.ariaBusy = "true";
    this.#element.ariaLive = "off";
    change();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#element.ariaBusy = "false";
      this.#element.ariaLive = "polite";
    }, QUIET_MS);
  }

  #highlightSought() {
    const line = this.#sought === null ? null : this.#list.line(this.#sought);
    this.#sought = null;
    if (!line) return;
    this.#scroll.isFollowing = false;
    this.#highlighted?.removeAttribute("data-found");
    this.#highlighted = line;
    line.dataset.found = "true";
    line.scrollIntoView({ block: "center" });
    line.focus({ preventScroll: true });
  }

  #jumpToEnd() {
    this.#sought = null;
    this.toEnd();
    this.#element.focus();
    this.emit("jump", undefined);
  }
}
