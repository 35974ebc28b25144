import { byId, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";

/** @import { Message } from "../transport/frames.d.ts" */
/** @import { Drafts } from "./drafts.js" */

// From this share of the limit on, the remaining characters are shown.
const NEAR_LIMIT = 0.9;
// `keyCode` while an input method composes, for Safari, which does not set `isComposing` on the last key.
const COMPOSING_KEY_CODE = 229;
const HAS_FIELD_SIZING = CSS.supports("field-sizing", "content");

/**
 * The text box, with a draft for each room. While a message is being edited it holds that message's text.
 *
 * Emits `send` (the text) and `recall` (edit one's last message).
 *
 * @extends {Emitter<{ send: string, recall: undefined }>}
 */
export class Composer extends Emitter {
  #form = byId("composer", HTMLFormElement);
  #box = byId("text", HTMLTextAreaElement);
  #hint = byId("text-hint");
  #remaining = byId("text-left");
  #banner = byId("editing");
  #drafts;
  #saveEdit;
  /** @type {Message | null} */
  #edited = null;
  /** @type {number | null} */
  #room = null;
  #limit = 8_000;

  /**
   * @param {Drafts} drafts
   * @param {(message: Message, text: string) => boolean} saveEdit returns whether the edit was sent
   */
  constructor(drafts, saveEdit) {
    super();
    this.#drafts = drafts;
    this.#saveEdit = saveEdit;
    this.#form.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("input", () => this.#onInput());
    find(this.#banner, "button").addEventListener("click", () => this.cancelEdit());
  }

  set limit(/** @type {number} */ characters) {
    this.#limit = characters;
  }

  get text() {
    return this.#box.value;
  }

  set text(text) {
    this.#box.value = text;
    this.#onInput();
  }

  get isEditing() {
    return this.#edited !== null;
  }

  /**
   * Switches to another room's draft. From a room that no longer exists the text is taken along.
   *
   * @param {number} room
   * @param {{ previousIsGone?: boolean }} [options]
   */
  switchRoom(room, { previousIsGone = false } = {}) {
    if (room === this.#room) return;
    this.cancelEdit();
    const keepsText = previousIsGone || this.#room === null;
    const text = (keepsText && this.text) || this.#drafts.of(room);
    if (previousIsGone) this.#drafts.save(this.#room, "");
    this.#room = room;
    this.text = text;
  }

  /**
   * Puts `text` into the box, for the person to complete.
   *
   * @param {string} text
   */
  prefill(text) {
    this.cancelEdit();
    this.text = text;
    this.focusAtEnd();
    // For the suggestions.
    this.#box.dispatchEvent(new Event("input"));
  }

  /** @param {Message} message */
  edit(message) {
    this.#edited = message;
    this.#banner.hidden = false;
    this.text = message.text;
    this.focusAtEnd();
  }

  /** Returns to the draft. */
  cancelEdit() {
    if (!this.isEditing) return;
    this.#edited = null;
    this.#banner.hidden = true;
    this.text = this.#drafts.of(this.#room);
    this.#box.focus();
  }

  /** Not on touch screens, where the keyboard would cover the messages. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  focusAtEnd() {
    this.#box.focus();
    this.#box.setSelectionRange(this.text.length, this.text.length);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const isComposing = event.isComposing || event.keyCode === COMPOSING_KEY_CODE;
    if (isComposing || event.defaultPrevented) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (event.key === "Escape" && this.isEditing) {
      event.preventDefault();
      this.cancelEdit();
    } else if (event.key === "ArrowUp" && !this.text && !isModified(event)) {
      event.preventDefault();
      this.emit("recall", undefined);
    }
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    const text = this.text;
    if (isBlank(text) || this.#excess() > 0) return;
    this.#box.focus();
    if (this.#edited) return this.#onEdited(this.#edited, text);
    this.text = "";
    this.emit("send", text);
  }

  /**
   * @param {Message} message
   * @param {string} text
   */
  #onEdited(message, text) {
    if (text === message.text || this.#saveEdit(message, text)) this.cancelEdit();
  }

  #onInput() {
    this.#resize();
    const excess = this.#excess();
    const isNearLimit = excess <= 0 && -excess < this.#limit * (1 - NEAR_LIMIT);
    this.#hint.textContent = excess > 0 ? words("too-long", { limit: this.#limit, excess }) : "";
    this.#remaining.textContent = isNearLimit ? words("left", { count: -excess }) : "";
    this.#box.ariaInvalid = String(excess > 0);
    if (!this.isEditing && this.#room !== null) this.#drafts.save(this.#room, this.text);
  }

  /** Grows the box with its text, up to the limit of the style sheet. */
  #resize() {
    if (HAS_FIELD_SIZING) return;
    this.#box.style.blockSize = "auto";
    const border = this.#box.offsetHeight - this.#box.clientHeight;
    this.#box.style.blockSize = `${this.#box.scrollHeight + border}px`;
  }

  /** Characters above the limit, negative below it. Counted by code point, as the server does. */
  #excess() {
    const units = this.text.length;
    return (units < this.#limit * NEAR_LIMIT ? units : [...this.text].length) - this.#limit;
  }
}

/** @param {string} text */
function isBlank(text) {
  return !/[^\s\p{Cc}\p{Cf}]/u.test(text);
}

/** @param {KeyboardEvent} event */
function isModified(event) {
  return event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
}
