import { rules } from "../moderation/permissions.js";
import { words } from "../lib/words.js";

/** The controls that say a command for the person. Fires `command` (detail: its text). */
export class RoomControls extends EventTarget {
  #form = document.getElementById("new-room");
  #name = document.getElementById("new-room-name");
  #leave = document.getElementById("leave");
  #delete = document.getElementById("delete");
  #dialog = document.getElementById("delete-dialog");
  #question = document.getElementById("delete-question");
  #yes = document.getElementById("delete-yes");
  #deleteText = document.getElementById("delete-text");
  #drawers;
  #me;
  #room = null;

  constructor(me, drawers) {
    super();
    this.#drawers = drawers;
    this.#me = me;
    this.#form.addEventListener("submit", (event) => this.#create(event));
    this.#leave.addEventListener("click", () => this.#command("#eR"));
    this.#delete.addEventListener("click", () => this.#ask());
    this.#dialog.addEventListener("close", () => this.#decided());
  }

  show(room) {
    this.#room = room;
    const stays = room.default || room.kind === "direct";
    this.#leave.hidden = this.#delete.hidden = stays;
    this.#deleteText.textContent = this.#yes.textContent = words(this.#rules ? "delete" : "hide");
  }

  /** Only its owner or staff delete a room for all; anybody else hides it for themselves. */
  get #rules() {
    return rules(this.#me, this.#room);
  }

  #create(event) {
    event.preventDefault();
    const name = this.#name.value.trim();
    if (!name) return;
    this.#form.reset();
    this.#command(`#cR <${name}>`);
  }

  #ask() {
    this.#question.textContent = words(this.#rules ? "delete-question" : "hide-question", { room: this.#room.name });
    this.#dialog.returnValue = "";
    this.#dialog.dataset.name = this.#room.name;
    this.#dialog.showModal();
  }

  #decided() {
    if (this.#dialog.returnValue === "yes") this.#command(`#dR <${this.#dialog.dataset.name}>`);
  }

  async #command(text) {
    for (const drawer of this.#drawers) await drawer.close();
    this.dispatchEvent(new CustomEvent("command", { detail: text }));
  }
}
