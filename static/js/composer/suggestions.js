import { arrangeChildren, byId, cloneTemplate, find } from "../lib/dom.js";
import { countedWords } from "../lib/words.js";

/** @import { Completion, Completions, Option } from "./completions.js" */

/**
 * The list of completions above the text box: arrow keys select, Tab takes the first, Enter only a selected one.
 *
 * It follows the combobox pattern of the ARIA Authoring Practices; a multi-line text box may not have that role, so a
 * status announces the number of options and the focus stays in the box.
 */
export class Suggestions {
  #box = byId("text", HTMLTextAreaElement);
  #list = byId("suggestions");
  #count = byId("suggestions-count");
  #completions;
  /** @type {Completion | null} */
  #completion = null;
  /** @type {HTMLElement[]} */
  #items = [];
  #selected = -1;

  /**
   * Create it before other key listeners of the box: keys it handles have their default prevented.
   *
   * @param {Completions} completions
   */
  constructor(completions) {
    this.#completions = completions;
    this.#box.addEventListener("input", () => this.#refresh());
    this.#box.addEventListener("keydown", (event) => this.#onKey(event));
    this.#box.addEventListener("blur", () => this.#close());
    this.#box.form?.addEventListener("submit", () => this.#close());
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  #refresh() {
    const { value, selectionStart: start, selectionEnd: end } = this.#box;
    this.#completion = start === end ? this.#completions.for(value.slice(0, start)) : null;
    if (!this.#completion) return this.#close();
    this.#items = this.#completion.options.map((option, index) => this.#item(option, index));
    arrangeChildren(this.#list, this.#items);
    this.#list.hidden = false;
    this.#count.textContent = countedWords("suggestions", this.#items.length);
    this.#select(-1);
  }

  /**
   * @param {Option} option
   * @param {number} index
   */
  #item({ label, does }, index) {
    const item = cloneTemplate("suggestion");
    item.id = `suggestion-${index}`;
    find(item, ".label").textContent = label;
    find(item, ".does").textContent = does;
    item.addEventListener("click", () => this.#accept(index));
    return item;
  }

  #close() {
    this.#completion = null;
    this.#items = [];
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#box.removeAttribute("aria-activedescendant");
    this.#count.textContent = "";
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.#completion || event.isComposing) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const action = this.#action(event.key);
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** @param {string} key */
  #action(key) {
    if (key === "ArrowDown") return () => this.#move(1);
    if (key === "ArrowUp") return () => this.#move(-1);
    if (key === "Tab") return () => this.#accept(Math.max(0, this.#selected));
    if (key === "Enter" && this.#selected >= 0) return () => this.#accept(this.#selected);
    if (key === "Escape") return () => this.#close();
    return null;
  }

  /** @param {1 | -1} step */
  #move(step) {
    const count = this.#items.length;
    this.#select(this.#selected < 0 && step < 0 ? count - 1 : (this.#selected + step + count) % count);
  }

  /** @param {number} index */
  #select(index) {
    this.#selected = index;
    this.#items.forEach((item, at) => (item.ariaSelected = String(at === index)));
    const selected = this.#items[index];
    if (selected) this.#box.setAttribute("aria-activedescendant", selected.id);
    else this.#box.removeAttribute("aria-activedescendant");
    selected?.scrollIntoView({ block: "nearest" });
  }

  /**
   * Replaces the typed text; the `input` event then completes what follows.
   *
   * @param {number} index
   */
  #accept(index) {
    if (!this.#completion) return;
    const { from, options } = this.#completion;
    this.#box.setRangeText(options[index].text, from, this.#box.selectionStart, "end");
    this.#box.dispatchEvent(new Event("input"));
  }
}
