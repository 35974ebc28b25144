import { copyOf } from "./templates.js";
import { countedWords, words } from "./words.js";

/** Who is in the room. Fires `greet` (detail: a name) when one of them is picked. */
export class People extends EventTarget {
  #me;
  #panel = document.getElementById("people");
  #list = document.getElementById("names");
  #count = document.getElementById("people-count");
  #rest = document.getElementById("more-people");

  constructor(me) {
    super();
    this.#me = me;
    this.#list.addEventListener("click", (event) => this.#clicked(event.target.closest("[data-name]")));
  }

  show({ count, names }) {
    this.#count.textContent = countedWords("people", count);
    this.#list.replaceChildren(...names.map((name) => this.#item(name)));
    const rest = count - names.length;
    this.#rest.textContent = rest > 0 ? countedWords("more-people", rest) : "";
  }

  /** A private conversation: only whether the other one is there. */
  showOther({ online }) {
    this.#count.textContent = words(online ? "online" : "away");
    this.#list.replaceChildren();
    this.#rest.textContent = "";
  }

  #item(name) {
    const own = name === this.#me.name;
    const item = copyOf(own ? "oneself" : "person");
    item.querySelector(".name").textContent = name;
    if (!own) item.querySelector("button").dataset.name = name;
    return item;
  }

  #clicked(button) {
    if (!button) return;
    if (this.#panel.matches(":popover-open")) this.#panel.hidePopover();
    this.dispatchEvent(new CustomEvent("greet", { detail: button.dataset.name }));
  }
}
