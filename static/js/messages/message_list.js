import { byId, cloneTemplate, find } from "../lib/dom.js";
import { isolated } from "../lib/isolated.js";

/** @import { Clock } from "../lib/clock.js" */
/** @import { Me } from "../lib/page_config.js" */
/** @import { Message } from "../transport/frames.d.ts" */
/** @import { LineRenderer } from "./line_renderer.js" */

const GROUP_GAP_MS = 5 * 60_000;
// Positions between two messages.
const DAY_OFFSET = -0.375;
const UNREAD_OFFSET = -0.25;
const AFTER_OFFSET = 0.5;

/**
 * An element of the list. `position` is a message's seq, and for anything between two messages a fraction.
 *
 * @typedef {{ element: HTMLElement, position: number, message: Message | null, day?: HTMLElement }} Entry
 */

/** The rendered lines of a room in the order of seq, with day separators, and an author's consecutive lines grouped. */
export class MessageList {
  #list = byId("said");
  #renderer;
  #clock;
  #me;
  /** All elements of the list, in order. @type {Entry[]} */
  #entries = [];
  /** @type {Map<number, Entry>} */
  #bySeq = new Map();
  #unreadLine = cloneTemplate("fresh");

  /**
   * @param {LineRenderer} renderer
   * @param {Clock} clock
   * @param {Me} me
   */
  constructor(renderer, clock, me) {
    this.#renderer = renderer;
    this.#clock = clock;
    this.#me = me;
  }

  /** Number of messages. */
  get size() {
    return this.#bySeq.size;
  }

  /**
   * The line of a message, if it is in the list.
   *
   * @param {number} seq
   */
  line(seq) {
    return this.#bySeq.get(seq)?.element;
  }

  /**
   * The message whose line is or contains `element`, with the line; null elsewhere.
   *
   * @param {EventTarget | null} element
   */
  at(element) {
    if (!(element instanceof Element)) return null;
    const child = element.closest(`#${this.#list.id} > *`);
    const entry = this.#entries.find((one) => one.element === child);
    return entry?.message ? { line: entry.element, message: entry.message } : null;
  }

  /**
   * The message line before (-1) or after (1) `line`.
   *
   * @param {HTMLElement} line
   * @param {1 | -1} step
   */
  neighbour(line, step) {
    const index = this.#entries.findIndex(({ element }) => element === line);
    return this.#messageFrom(index + step, step)?.element ?? null;
  }

  get newestLine() {
    return this.#messageFrom(this.#entries.length - 1, -1)?.element ?? null;
  }

  /**
   * The first message line that reaches below `top`, in pixels of the window.
   *
   * @param {number} top
   */
  lineBelow(top) {
    const isBelow = (/** @type {Entry} */ { element }) => element.getBoundingClientRect().bottom > top;
    return this.#entries.find((entry) => entry.message && isBelow(entry))?.element;
  }

  /** After the set of blocked people has changed. */
  refold() {
    this.#bySeq.forEach(({ element, message }) => message && this.#renderer.fold(element, message));
  }

  clear() {
    this.#list.replaceChildren();
    this.#entries = [];
    this.#bySeq.clear();
  }

  /**
   * Makes `messages` the list's messages.
   *
   * @param {Message[]} messages in the order of seq
   */
  replaceAll(messages) {
    const wanted = new Set(messages.map(({ seq }) => seq));
    this.#bySeq.forEach((_entry, seq) => wanted.has(seq) || this.#removeMessage(seq));
    // From the last to the first: older messages are then always inserted at the top.
    [...messages].reverse().forEach((message) => this.put(message));
  }

  /**
   * Adds or updates a message. An error while rendering is reported and does not keep the next messages out.
   *
   * @param {Message} message
   */
  put(message) {
    isolated(() => this.#put(message));
  }

  /** @param {Message} message */
  #put(message) {
    const held = this.#bySeq.get(message.seq);
    if (held?.message === message) return;
    const element = held?.element ?? this.#renderer.createLine();
    this.#renderer.render(element, message);
    if (held) {
      held.message = message;
      return;
    }
    const entry = { element, position: message.seq, message };
    this.#bySeq.set(message.seq, entry);
    this.#insert(entry);
    this.#updateSeparators(entry);
    const next = this.#messageFrom(this.#entries.indexOf(entry) + 1, 1);
    if (next) this.#updateSeparators(next);
  }

  /**
   * Inserts an element that is no message after the message with the seq `after`.
   *
   * @param {HTMLElement} element
   * @param {number} after
   */
  add(element, after) {
    this.#insert({ element, position: after + AFTER_OFFSET, message: null });
  }

  /** @param {HTMLElement | undefined} element */
  remove(element) {
    const index = this.#entries.findIndex((entry) => entry.element === element);
    if (index >= 0) this.#entries.splice(index, 1);
    element?.remove();
  }

  /** @param {HTMLElement | null | undefined} element */
  isLast(element) {
    return Boolean(element) && this.#entries.at(-1)?.element === element;
  }

  /**
   * Draws the line between messages that were read, up to `seq`, and newer ones of others.
   *
   * @param {number} seq
   */
  markUnread(seq) {
    this.remove(this.#unreadLine);
    const isUnread = (/** @type {Message | null} */ message) =>
      message && message.seq > seq && message.author?.id !== this.#me.id;
    const first = this.#entries.find(({ message }) => isUnread(message));
    if (!first?.message || first === this.#messageFrom(0, 1)) return;
    this.#insert({ element: this.#unreadLine, position: first.position + UNREAD_OFFSET, message: null });
    this.#updateSeparators(first);
  }

  /** @param {number} seq */
  #removeMessage(seq) {
    const entry = this.#bySeq.get(seq);
    if (!entry) return;
    const next = this.#messageFrom(this.#entries.indexOf(entry) + 1, 1);
    if (entry.element.contains(document.activeElement)) this.#list.parentElement?.focus();
    this.remove(entry.day);
    this.remove(entry.element);
    this.#bySeq.delete(seq);
    if (next) this.#updateSeparators(next);
  }

  /** @param {Entry} entry */
  #insert(entry) {
    let index = this.#entries.length;
    if (entry.position < (this.#entries[0]?.position ?? Infinity)) index = 0;
    while (index > 0 && this.#entries[index - 1].position > entry.position) index -= 1;
    this.#list.insertBefore(entry.element, this.#entries[index]?.element ?? null);
    this.#entries.splice(index, 0, entry);
  }

  /**
   * Announces a new day before the line, or groups it with the line before.
   *
   * @param {Entry} entry
   */
  #updateSeparators(entry) {
    const { message } = entry;
    if (!message) return;
    const earlier = this.#messageFrom(this.#entries.indexOf(entry) - 1, -1);
    const isNewDay = !earlier?.message || this.#clock.day(earlier.message.at) !== this.#clock.day(message.at);
    this.#showDay(entry, isNewDay);
    const isAdjacent = this.#entries[this.#entries.indexOf(entry) - 1] === earlier;
    const follows = !isNewDay && isAdjacent && Boolean(earlier?.message) && isGrouped(earlier?.message, message);
    entry.element.dataset.follows = String(follows);
  }

  /**
   * @param {Entry} entry
   * @param {boolean} isNew
   */
  #showDay(entry, isNew) {
    const isShown = this.#entries.some(({ element }) => element === entry.day);
    if (!isNew && isShown) this.remove(entry.day);
    if (!isNew || isShown) return;
    entry.day ??= cloneTemplate("day");
    this.#insert({ element: entry.day, position: entry.position + DAY_OFFSET, message: null });
    this.#nameDays();
  }

  /** Renames all separators: at midnight "today" becomes "yesterday". */
  #nameDays() {
    this.#bySeq.forEach(({ day, message }) => {
      if (day?.isConnected && message) find(day, "span").textContent = this.#clock.day(message.at);
    });
  }

  /**
   * The first message at or beyond an index.
   *
   * @param {number} index
   * @param {1 | -1} step
   */
  #messageFrom(index, step) {
    let at = index;
    while (this.#entries[at] && !this.#entries[at].message) at += step;
    return this.#entries[at];
  }
}

/**
 * Whether two consecutive messages are of one author and one moment.
 *
 * @param {Message | null | undefined} earlier
 * @param {Message} message
 */
function isGrouped(earlier, message) {
  if (!earlier?.author || earlier.author.id !== message.author?.id) return false;
  return Date.parse(message.at) - Date.parse(earlier.at) < GROUP_GAP_MS;
}
