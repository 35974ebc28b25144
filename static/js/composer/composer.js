import { words } from "../lib/words.js";

// From here on the box tells how much still fits.
const NEAR_LIMIT = 0.9;
// What `keyCode` says while an input method is still composing, where `isComposing` is not set (Safari).
const COMPOSING_KEY = 229;
const SIZES_ITSELF = CSS.supports("field-sizing", "content");

/**
 * The box one writes in; it keeps a draft for each room. With `edit` it holds an older message until Enter or Escape.
 *
 * Fires `say` (detail: the text), `recall` (one's last message is wanted back) and `change` (detail: {message, text};
 * a listener that cannot do it prevents the default, and the editing goes on).
 */
export class Composer extends EventTarget {
  #form = document.getElementById("composer");
  #box = document.getElementById("text");
  #hint = document.getElementById("text-hint");
  #left = document.getElementById("text-left");
  #editing = document.getElementById("editing");
  #drafts;
  #edited = null;
  #room = null;
  #limit = 8_000;

  constructor(drafts) {
    super();
    this.#drafts = drafts;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("input", () => this.#changed());
    this.#editing.querySelector("button").addEventListener("click", () => this.endEditing());
  }

  set limit(characters) {
    this.#limit = characters;
  }

  get text() {
    return this.#box.value;
  }

  set text(text) {
    this.#box.value = text;
    this.#changed();
  }

  get isEditing() {
    return this.#edited !== null;
  }

  /** The view turns to another room. From a room that is gone, what was begun comes along. */
  turnTo(room, { fromGone = false } = {}) {
    if (room === this.#room) return;
    this.endEditing();
    const comesAlong = fromGone || this.#room === null;
    const text = (comesAlong && this.text) || this.#drafts.of(room);
    if (fromGone) this.#drafts.keep(this.#room, "");
    this.#room = room;
    this.text = text;
  }

  /** Writes `text` for the person, who goes on from there. */
  begin(text) {
    this.endEditing();
    this.text = text;
    this.takeFocus();
    // The suggestions look, too.
    this.#box.dispatchEvent(new Event("input"));
  }

  edit(message) {
    this.#edited = message;
    this.#editing.hidden = false;
    this.text = message.text;
    this.takeFocus();
  }

  /** Back to what was begun before. */
  endEditing() {
    if (!this.isEditing) return;
    this.#edited = null;
    this.#editing.hidden = true;
    this.text = this.#drafts.of(this.#room);
    this.#box.focus();
  }

  /** On a touch screen the focus would pull the keyboard up over the talk. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  /** At the person's wish, and after what stands there. */
  takeFocus() {
    this.#box.focus();
    this.#box.setSelectionRange(this.text.length, this.text.length);
  }

  #key(event) {
    const composing = event.isComposing || event.keyCode === COMPOSING_KEY;
    if (composing || event.defaultPrevented) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#form.requestSubmit();
    } else if (event.key === "Escape" && this.isEditing) {
      event.preventDefault();
      this.endEditing();
    } else if (event.key === "ArrowUp" && !this.text && !isModified(event)) {
      event.preventDefault();
      this.dispatchEvent(new Event("recall"));
    }
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text;
    if (isBlank(text) || this.#excess() > 0) return;
    this.#box.focus();
    if (this.isEditing) return this.#change(text);
    this.text = "";
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }

  #change(text) {
    const detail = { message: this.#edited, text };
    const done = text === this.#edited.text || this.dispatchEvent(new CustomEvent("change", { detail, cancelable: true }));
    if (done) this.endEditing();
  }

  #changed() {
    this.#grow();
    const excess = this.#excess();
    this.#hint.textContent = excess > 0 ? words("too-long", { limit: this.#limit, excess }) : "";
    this.#left.textContent = excess <= 0 && -excess < this.#limit * (1 - NEAR_LIMIT) ? words("left", { count: -excess }) : "";
    this.#box.ariaInvalid = String(excess > 0);
    if (!this.isEditing && this.#room !== null) this.#drafts.keep(this.#room, this.text);
  }

  /** As high as its text, up to what the style sheet allows. */
  #grow() {
    if (SIZES_ITSELF) return;
    this.#box.style.blockSize = "auto";
    this.#box.style.blockSize = `${this.#box.scrollHeight + this.#box.offsetHeight - this.#box.clientHeight}px`;
  }

  /** Characters above the limit (below, if negative), counted as the server counts: by code point. */
  #excess() {
    const units = this.text.length;
    return (units < this.#limit * NEAR_LIMIT ? units : [...this.text].length) - this.#limit;
  }
}

function isBlank(text) {
  return !/[^\s\p{Cc}\p{Cf}]/u.test(text);
}

function isModified(event) {
  return event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
}
