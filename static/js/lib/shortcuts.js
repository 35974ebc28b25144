import { read, write } from "./local_storage.js";

const QUESTION_KEY = "tertulia:question-key";
const REGIONS = ["#side [aria-current]", "#timeline", "#text", "#people button, #people a"];

/**
 * Shortcuts that work wherever the focus is, and the sheet that lists them.
 *
 * All need a modifier or a key that types nothing; only `?` outside of text fields does not, so it can be switched off.
 * Fires `open` (detail: the id of the room to go to) and `write` (the box is wanted).
 */
export class Keyboard extends EventTarget {
  #sheet = document.getElementById("keys");
  #question = document.getElementById("question-key");

  constructor() {
    super();
    this.#question.checked = read(QUESTION_KEY, true);
    this.#question.addEventListener("change", () => write(QUESTION_KEY, this.#question.checked));
    document.getElementById("open-keys").addEventListener("click", () => this.#help());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    // What lies open over the page has keys of its own.
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const act = this.#shortcut(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #shortcut(event) {
    const { key, altKey: alt, shiftKey: shift, ctrlKey, metaKey } = event;
    const control = ctrlKey || metaKey;
    if (alt && !control && key === "ArrowDown") return () => (shift ? this.#goToUnread() : this.#step(1));
    if (alt && !control && !shift && key === "ArrowUp") return () => this.#step(-1);
    if (control && !alt && key === "/") return () => this.#help();
    if (key === "F6" && !alt && !control) return () => turn(shift ? -1 : 1);
    if (isField(event.target) || alt || control) return null;
    if (key === "?" && this.#question.checked) return () => this.#help();
    if (key === "Escape" && !document.querySelector(":popover-open")) return () => this.dispatchEvent(new Event("write"));
    return null;
  }

  #help() {
    if (!this.#sheet.open) this.#sheet.showModal();
  }

  #step(by) {
    const all = places();
    const now = all.findIndex((item) => item.querySelector("[aria-current]"));
    if (all.length) this.#open(all[(now + by + all.length) % all.length]);
  }

  /** The next one below, and from the last on to the first. */
  #goToUnread() {
    const all = places();
    const now = all.findIndex((item) => item.querySelector("[aria-current]"));
    const next = [...all.slice(now + 1), ...all.slice(0, now + 1)].find(({ dataset }) => Number(dataset.unread) > 0);
    if (next) this.#open(next);
  }

  #open(item) {
    this.dispatchEvent(new CustomEvent("open", { detail: Number(item.dataset.room) }));
  }
}

function places() {
  return [...document.querySelectorAll("#side [data-room]")];
}

function isField(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

/** From one part of the page to the next that can be seen. */
function turn(by) {
  const there = REGIONS.map((region) => document.querySelector(region)).filter((one) => one?.checkVisibility());
  const now = there.findIndex((one) => one === document.activeElement || regionOf(one)?.contains(document.activeElement));
  there[(now + by + there.length) % there.length]?.focus();
}

function regionOf(element) {
  return element.closest("#side, #timeline, #composer, #people");
}
