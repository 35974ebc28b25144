import { byId } from "./dom.js";

/**
 * The signed-in person.
 *
 * @typedef {{ id: number, name: string, staff: boolean }} Me
 */

/** Settings that the server wrote into attributes of the chat's root element. */
export function chatConfig() {
  const { dataset } = byId("chat");
  const text = (/** @type {string} */ name) => dataset[name] ?? "";
  return {
    /** @type {Me} */
    me: { id: Number(dataset.userId), name: text("userName"), staff: dataset.staff === "true" },
    release: { protocol: Number(dataset.protocol), version: text("version") },
    paths: { socket: text("socket"), stream: text("stream") },
    roomId: Number(dataset.roomId) || null,
    conversationWith: dataset.conversationWith || null,
    roomAddress: text("roomAddress"),
    conversationAddress: text("conversationAddress"),
    levelAddress: text("levelAddress"),
    start: text("start"),
    signIn: text("signIn"),
  };
}
