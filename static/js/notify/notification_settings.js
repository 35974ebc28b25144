import { words } from "../lib/words.js";

const ALLOWED = { default: "ask", granted: "allowed", denied: "denied" };

/** The sheet on which one chooses what is told and how, and where the app can be installed. Fires `change`. */
export class Notices extends EventTarget {
  #sheet = document.getElementById("notices");
  #room = document.getElementById("notices-room");
  #levelFields = document.getElementById("notices-levels");
  #problem = document.getElementById("notices-problem");
  #sound = document.getElementById("notices-sound");
  #allow = document.getElementById("notices-allow");
  #allowed = document.getElementById("notices-allowed");
  #install = document.getElementById("install");
  #levels;
  #shown;
  #offer = null;

  /** `shown()` answers the room on show. */
  constructor(levels, sound, shown) {
    super();
    this.#levels = levels;
    this.#shown = shown;
    document.getElementById("open-notices").addEventListener("click", () => this.#open());
    this.#levelFields.addEventListener("change", ({ target }) => this.#choose(target.value));
    this.#sound.checked = sound.isOn;
    this.#sound.addEventListener("change", () => (sound.isOn = this.#sound.checked));
    this.#allow.addEventListener("click", () => this.#ask());
    this.#install.addEventListener("click", () => this.#offer?.prompt());
    addEventListener("beforeinstallprompt", (event) => this.#offered(event));
    addEventListener("appinstalled", () => (this.#install.hidden = true));
  }

  #open() {
    const room = this.#shown();
    this.#levelFields.hidden = !room;
    this.#problem.textContent = "";
    if (room) this.#room.textContent = words("level-of", { room: room.name });
    if (room) this.#fieldOf(this.#levels.of(room)).checked = true;
    this.#showAllowed();
    this.#sheet.showModal();
  }

  #fieldOf(level) {
    return this.#levelFields.querySelector(`[value="${level}"]`);
  }

  async #choose(level) {
    const room = this.#shown();
    const done = await this.#levels.choose(room, level);
    this.#problem.textContent = done ? "" : words("needs-line");
    if (!done) this.#fieldOf(this.#levels.of(room)).checked = true;
    this.dispatchEvent(new Event("change"));
  }

  async #ask() {
    await Notification.requestPermission();
    this.#showAllowed();
  }

  #showAllowed() {
    const how = ALLOWED[globalThis.Notification?.permission] ?? "missing";
    this.#allow.hidden = how !== "ask";
    this.#allowed.textContent = how === "ask" ? "" : words(`notifications-${how}`);
  }

  #offered(event) {
    event.preventDefault();
    this.#offer = event;
    this.#install.hidden = false;
  }
}
