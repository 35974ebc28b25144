import { byId } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";
import { canModerate } from "../moderation/permissions.js";

/** @import { Me } from "../lib/page_config.js" */
/** @import { Drawer } from "../navigation/drawer.js" */
/** @import { RoomCard } from "../transport/frames.d.ts" */

/**
 * The controls that create, leave and delete rooms. Emits `command` (its text).
 *
 * @extends {Emitter<{ command: string }>}
 */
export class RoomControls extends Emitter {
  #form = byId("new-room", HTMLFormElement);
  #name = byId("new-room-name", HTMLInputElement);
  #leave = byId("leave");
  #delete = byId("delete");
  #deleteText = byId("delete-text");
  #dialog = byId("delete-dialog", HTMLDialogElement);
  #question = byId("delete-question");
  #confirm = byId("delete-yes");
  #drawers;
  #me;
  /** @type {RoomCard | null} */
  #room = null;
  /** Name of the room that the dialog asks about. */
  #toDelete = "";

  /**
   * @param {Me} me
   * @param {Drawer[]} drawers to close before a command
   */
  constructor(me, drawers) {
    super();
    this.#drawers = drawers;
    this.#me = me;
    this.#form.addEventListener("submit", (event) => this.#onCreate(event));
    this.#leave.addEventListener("click", () => void this.#send("#eR"));
    this.#delete.addEventListener("click", () => this.#confirmDelete());
    this.#dialog.addEventListener("close", () => this.#onDialogClose());
  }

  /** @param {RoomCard} room */
  show(room) {
    this.#room = room;
    this.#leave.hidden = this.#delete.hidden = room.kind === "direct" || room.default;
    const word = canModerate(this.#me, room) ? "delete" : "hide";
    this.#deleteText.textContent = this.#confirm.textContent = words(word);
  }

  /** @param {SubmitEvent} event */
  #onCreate(event) {
    event.preventDefault();
    const name = this.#name.value.trim();
    if (!name) return;
    this.#form.reset();
    void this.#send(`#cR <${name}>`);
  }

  /** Only the owner or staff delete a room for everybody; others hide it for themselves. */
  #confirmDelete() {
    const room = this.#room;
    if (!room) return;
    const question = canModerate(this.#me, room) ? "delete-question" : "hide-question";
    this.#question.textContent = words(question, { room: room.name });
    this.#toDelete = room.name;
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  #onDialogClose() {
    if (this.#dialog.returnValue === "yes") void this.#send(`#dR <${this.#toDelete}>`);
  }

  /** @param {string} command */
  async #send(command) {
    for (const drawer of this.#drawers) await drawer.close();
    this.emit("command", command);
  }
}
