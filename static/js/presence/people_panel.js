import { arrange, copyOf } from "../lib/templates.js";
import { countedWords, words } from "../lib/words.js";

/** Who is in the room. Fires `greet` and `about` (detail: a name) when one of them is picked. */
export class People extends EventTarget {
  #me;
  #drawer;
  #list = document.getElementById("names");
  #count = document.getElementById("people-count");
  #rest = document.getElementById("more-people");
  #items = new Map();
  #muted = new Set();

  constructor(me, drawer) {
    super();
    this.#me = me;
    this.#drawer = drawer;
    this.#list.addEventListener("click", (event) => this.#picked(event.target.closest("[data-name]")));
  }

  show({ count, names, muted = [] }) {
    this.#count.textContent = countedWords("people", count);
    this.#hold(names, muted);
    const rest = count - names.length;
    this.#rest.textContent = rest > 0 ? countedWords("more-people", rest) : "";
  }

  /** A private conversation: only whether the other one is there. */
  showOther({ online }) {
    this.#count.textContent = words(online ? "online" : "away");
    this.#hold([], []);
    this.#rest.textContent = "";
  }

  isMuted(name) {
    return this.#muted.has(name);
  }

  #hold(names, muted) {
    this.#muted = new Set(muted);
    const items = names.map((name) => this.#items.get(name) ?? this.#item(name));
    this.#items = new Map(names.map((name, index) => [name, items[index]]));
    names.forEach((name, index) => (items[index].querySelector(".muted").hidden = !this.isMuted(name)));
    arrange(this.#list, items);
  }

  #item(name) {
    const own = name === this.#me.name;
    const item = copyOf(own ? "oneself" : "person");
    item.querySelector(".name").textContent = name;
    if (own) return item;
    item.querySelector(".person").dataset.name = item.querySelector(".more").dataset.name = name;
    item.querySelector(".more .spoken").textContent = words("about-person", { name });
    return item;
  }

  async #picked(button) {
    if (!button) return;
    await this.#drawer.close();
    const what = button.classList.contains("more") ? "about" : "greet";
    this.dispatchEvent(new CustomEvent(what, { detail: button.dataset.name }));
  }
}
