import { arrange, copyOf } from "./templates.js";
import { countedWords, words } from "./words.js";

/** Who is in the room. Fires `greet` (detail: a name) when one of them is picked. */
export class People extends EventTarget {
  #me;
  #drawer;
  #list = document.getElementById("names");
  #count = document.getElementById("people-count");
  #rest = document.getElementById("more-people");
  #items = new Map();

  constructor(me, drawer) {
    super();
    this.#me = me;
    this.#drawer = drawer;
    this.#list.addEventListener("click", (event) => this.#picked(event.target.closest("[data-name]")));
  }

  show({ count, names }) {
    this.#count.textContent = countedWords("people", count);
    this.#hold(names);
    const rest = count - names.length;
    this.#rest.textContent = rest > 0 ? countedWords("more-people", rest) : "";
  }

  /** A private conversation: only whether the other one is there. */
  showOther({ online }) {
    this.#count.textContent = words(online ? "online" : "away");
    this.#hold([]);
    this.#rest.textContent = "";
  }

  #hold(names) {
    const items = names.map((name) => this.#items.get(name) ?? this.#item(name));
    this.#items = new Map(names.map((name, index) => [name, items[index]]));
    arrange(this.#list, items);
  }

  #item(name) {
    const own = name === this.#me.name;
    const item = copyOf(own ? "oneself" : "person");
    item.querySelector(".name").textContent = name;
    if (!own) item.querySelector("button").dataset.name = name;
    return item;
  }

  async #picked(button) {
    if (!button) return;
    await this.#drawer.close();
    this.dispatchEvent(new CustomEvent("greet", { detail: button.dataset.name }));
  }
}
