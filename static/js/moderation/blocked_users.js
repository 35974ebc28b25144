/** Whose messages the reader does not take. Fires `change`. */
export class Blocked extends EventTarget {
  #users = [];

  hear({ type, blocked, users }) {
    if (type !== "hello" && type !== "blocked") return;
    this.#users = blocked ?? users ?? [];
    this.dispatchEvent(new Event("change"));
  }

  /** `user` as messages and rooms have them, or null. */
  has(user) {
    return this.#users.some(({ id }) => id === user?.id);
  }

  hasName(name) {
    return this.#users.some((user) => user.name === name);
  }
}
