import { byId, find } from "../lib/dom.js";

/** @import { RoomCard } from "../transport/frames.d.ts" */

/** @typedef {"all" | "mentions" | "nothing"} Level */

/** The notification level of each room, stored by the server. */
export class NotificationLevels {
  #address;
  #token = find(document, "[name=csrfmiddlewaretoken]", HTMLInputElement).value;
  /** By id. @type {Map<string, Level>} */
  #chosen;

  /** @param {string} address with a 0 in place of the room's id */
  constructor(address) {
    this.#address = address;
    this.#chosen = new Map(Object.entries(JSON.parse(byId("levels").textContent ?? "{}")));
  }

  /**
   * Defaults to everything in private conversations and mentions elsewhere.
   *
   * @param {Pick<RoomCard, "id" | "kind">} room
   */
  of({ id, kind }) {
    return this.#chosen.get(String(id)) || (kind === "direct" ? "all" : "mentions");
  }

  /**
   * Resolves to whether the server has stored the level.
   *
   * @param {Pick<RoomCard, "id">} room
   * @param {Level} level
   */
  async choose({ id }, level) {
    const body = new URLSearchParams({ level, csrfmiddlewaretoken: this.#token });
    const answer = await fetch(this.#address.replace("/0/", `/${id}/`), { method: "POST", body }).catch(() => null);
    if (answer?.ok) this.#chosen.set(String(id), level);
    return Boolean(answer?.ok);
  }
}
