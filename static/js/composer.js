import { words } from "./words.js";

const MOST_ROWS = 8;
// What `keyCode` says while an input method is still composing, where `isComposing` is not set (Safari).
const COMPOSING_KEY = 229;

/** The box one writes in. Fires `say` (detail: the text). Keeps a draft for each room. */
export class Composer extends EventTarget {
  #form = document.getElementById("composer");
  #box = document.getElementById("text");
  #hint = document.getElementById("text-hint");
  #drafts = new Map();
  #room = null;
  #limit = 8_000;

  constructor() {
    super();
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("input", () => this.#changed());
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

  /** The view turns to another room. From a room that is gone, what was begun comes along. */
  turnTo(room, { fromGone = false } = {}) {
    if (room === this.#room) return;
    const text = this.text;
    const comesAlong = fromGone || this.#room === null;
    if (!comesAlong) this.#drafts.set(this.#room, text);
    this.text = (comesAlong && text) || this.#drafts.get(room) || "";
    this.#room = room;
  }

  begin(text) {
    this.text = text;
    this.#box.focus();
    this.#box.setSelectionRange(text.length, text.length);
  }

  /** On a touch screen the focus would pull the keyboard up over the talk. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#box.focus();
  }

  #key(event) {
    const composing = event.isComposing || event.keyCode === COMPOSING_KEY;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text;
    if (isBlank(text) || this.#excess()) return;
    this.text = "";
    this.#box.focus();
    this.dispatchEvent(new CustomEvent("say", { detail: text }));
  }

  #changed() {
    this.#box.rows = Math.min(MOST_ROWS, this.text.split("\n").length);
    const excess = this.#excess();
    this.#hint.textContent = excess ? words("too-long", { limit: this.#limit, excess }) : "";
    this.#box.ariaInvalid = String(excess > 0);
  }

  /** Characters above the limit, counted as the server counts: by code point. */
  #excess() {
    const units = this.text.length;
    return units <= this.#limit ? 0 : Math.max(0, [...this.text].length - this.#limit);
  }
}

function isBlank(text) {
  return !/[^\s\p{Cc}\p{Cf}]/u.test(text);
}
