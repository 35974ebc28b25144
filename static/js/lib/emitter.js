import { isolated } from "./isolated.js";

/**
 * A publisher of typed events. A listener that throws does not keep the others from an event.
 *
 * @template {object} Events maps each event's name to its payload; `undefined` for events without one
 */
export class Emitter {
  /**
   * Without a prototype: the names of frames come from the server.
   *
   * @type {{ [Name in keyof Events]?: Array<(payload: Events[Name]) => void> }}
   */
  #listeners = Object.create(null);

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(payload: Events[Name]) => void} listener called in the order of registration
   */
  on(name, listener) {
    (this.#listeners[name] ??= []).push(listener);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} payload
   */
  emit(name, payload) {
    for (const listener of this.#listeners[name] ?? []) isolated(() => listener(payload));
  }
}
