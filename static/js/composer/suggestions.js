import { copyOf } from "../lib/templates.js";
import { countedWords } from "../lib/words.js";

/**
 * The list of what one may mean, above the box: arrows choose, Tab takes the first, Enter only what has been chosen.
 *
 * It works as the combobox of the ARIA Authoring Practices does, but a box of several lines may not be called one: a
 * status says how many there are, and the focus stays in the box.
 */
export class Suggestions {
  #box = document.getElementById("text");
  #list = document.getElementById("suggestions");
  #count = document.getElementById("suggestions-count");
  #completions;
  #found = null;
  #chosen = -1;

  /** To be made before other listeners to the box's keys: what it takes, it marks as done. */
  constructor(completions) {
    this.#completions = completions;
    this.#box.addEventListener("input", () => this.#look());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("blur", () => this.#close());
    this.#box.form.addEventListener("submit", () => this.#close());
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#clicked(event.target.closest("[role=option]")));
  }

  #look() {
    const { value, selectionStart: start, selectionEnd: end } = this.#box;
    this.#found = start === end ? this.#completions.for(value.slice(0, start)) : null;
    if (!this.#found) return this.#close();
    this.#list.replaceChildren(...this.#found.options.map((option, place) => item(option, place)));
    this.#list.hidden = false;
    this.#count.textContent = countedWords("suggestions", this.#found.options.length);
    this.#choose(-1);
  }

  #close() {
    this.#found = null;
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#box.removeAttribute("aria-activedescendant");
    this.#count.textContent = "";
  }

  #key(event) {
    if (!this.#found || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const act = {
      ArrowDown: () => this.#step(1),
      ArrowUp: () => this.#step(-1),
      Tab: () => this.#take(Math.max(0, this.#chosen)),
      Enter: this.#chosen >= 0 && (() => this.#take(this.#chosen)),
      Escape: () => this.#close(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  #step(by) {
    const count = this.#found.options.length;
    this.#choose(this.#chosen < 0 && by < 0 ? count - 1 : (this.#chosen + by + count) % count);
  }

  #choose(place) {
    this.#chosen = place;
    Array.from(this.#list.children, (item, at) => (item.ariaSelected = String(at === place)));
    const chosen = this.#list.children[place];
    if (chosen) this.#box.setAttribute("aria-activedescendant", chosen.id);
    else this.#box.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  #clicked(item) {
    if (item) this.#take([...this.#list.children].indexOf(item));
  }

  /** Put in as if typed, so that it can be undone, and what follows may be completed in its turn. */
  #take(place) {
    const { from, options } = this.#found;
    this.#box.setRangeText(options[place].text, from, this.#box.selectionStart, "end");
    this.#box.dispatchEvent(new Event("input"));
  }
}

function item({ label, does }, place) {
  const made = copyOf("suggestion");
  made.id = `suggestion-${place}`;
  made.querySelector(".label").textContent = label;
  made.querySelector(".does").textContent = does;
  return made;
}
