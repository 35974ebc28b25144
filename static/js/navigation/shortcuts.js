import { byId, isRendered } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { read, write } from "../lib/local_storage.js";

const QUESTION_KEY = "tertulia:question-key";
const REGIONS = ["#side [aria-current]", "#timeline", "#text", "#people button, #people a"];

/**
 * Keyboard shortcuts of the whole page, and the dialog that lists them.
 *
 * All need a modifier or a key that types nothing; only `?` outside of text fields does not (WCAG 2.1.4), so it can be
 * switched off. Emits `open` (a room's id) and `compose` (focus the text box).
 *
 * @extends {Emitter<{ open: number, compose: undefined }>}
 */
export class Shortcuts extends Emitter {
  #dialog = byId("keys", HTMLDialogElement);
  #question = byId("question-key", HTMLInputElement);
  #rooms;
  #hasPopover;

  /**
   * @param {{ order: number[], shown: number | null, unread(id: number): number }} rooms `order`: ids in the side bar
   * @param {() => boolean} hasPopover whether a popover is open, which Escape closes
   */
  constructor(rooms, hasPopover) {
    super();
    this.#rooms = rooms;
    this.#hasPopover = hasPopover;
    this.#question.checked = read(QUESTION_KEY, true);
    this.#question.addEventListener("change", () => write(QUESTION_KEY, this.#question.checked));
    byId("open-keys").addEventListener("click", () => this.#showHelp());
    document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // An open dialog has keys of its own.
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const action = this.#action(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {(() => void) | null}
   */
  #action({ key, altKey: alt, shiftKey: shift, ctrlKey, metaKey, target }) {
    const control = ctrlKey || metaKey;
    if (alt && !control && key === "ArrowDown") return () => (shift ? this.#openNextUnread() : this.#openNeighbour(1));
    if (alt && !control && !shift && key === "ArrowUp") return () => this.#openNeighbour(-1);
    if (control && !alt && key === "/") return () => this.#showHelp();
    if (key === "F6" && !alt && !control) return () => focusRegion(shift ? -1 : 1);
    if (isField(target) || alt || control) return null;
    if (key === "?" && this.#question.checked) return () => this.#showHelp();
    if (key === "Escape" && !this.#hasPopover()) return () => this.emit("compose", undefined);
    return null;
  }

  #showHelp() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** @param {1 | -1} step */
  #openNeighbour(step) {
    const { order } = this.#rooms;
    const next = order[(this.#shownIndex + step + order.length) % order.length];
    if (next !== undefined) this.emit("open", next);
  }

  /** The next unread room below, wrapping around at the end. */
  #openNextUnread() {
    const { order } = this.#rooms;
    const cycle = [...order.slice(this.#shownIndex + 1), ...order.slice(0, this.#shownIndex + 1)];
    const next = cycle.find((id) => this.#rooms.unread(id) > 0);
    if (next !== undefined) this.emit("open", next);
  }

  get #shownIndex() {
    return this.#rooms.order.findIndex((id) => id === this.#rooms.shown);
  }
}

/** @param {EventTarget | null} element */
function isField(element) {
  return element instanceof Element && element.matches("input, textarea, select, [contenteditable]");
}

/**
 * Moves the focus from one region of the page to the next rendered one.
 *
 * @param {1 | -1} step
 */
function focusRegion(step) {
  const found = REGIONS.map((selector) => document.querySelector(selector));
  const regions = found.filter((one) => one instanceof HTMLElement).filter(isRendered);
  const active = document.activeElement;
  const now = regions.findIndex((one) => one === active || containerOf(one)?.contains(active));
  regions[(now + step + regions.length) % regions.length]?.focus();
}

/** @param {Element} element */
function containerOf(element) {
  return element.closest("#side, #timeline, #composer, #people");
}
