import { keysStartingWith, remove } from "../lib/local_storage.js";

const PREFIX = "tertulia:";
const SHELL_CACHE = "shell";
// Keys that hold one person's data: `tertulia:draft:7:…`.
const OWNED_KEY = /^tertulia:(?:draft|memory|outbox|read|level):(\d+)(?::|$)/;

/** Removes everything of ours from this browser, before a sign-out. */
export async function removeAll() {
  keysStartingWith(PREFIX).forEach(remove);
  await removeShell();
}

/**
 * Removes the data of other users, when another user signs in.
 *
 * @param {number} userId
 */
export function removeOthers(userId) {
  keysStartingWith(PREFIX).forEach((key) => {
    const owner = OWNED_KEY.exec(key)?.[1];
    if (owner && owner !== String(userId)) remove(key);
  });
}

/**
 * Removes cached messages when the session was ended elsewhere. Unsent messages stay for their author.
 *
 * @param {number} userId
 */
export async function removeRead(userId) {
  keysStartingWith(`${PREFIX}memory:${userId}:`).forEach(remove);
  await removeShell();
}

async function removeShell() {
  await globalThis.caches?.delete(SHELL_CACHE).catch(() => false);
}

// The account has just been deleted; without TLS browsers ignore `Clear-Site-Data`.
if (document.querySelector(".messages .gone")) void removeAll();

document.querySelectorAll("form[data-leaves]").forEach((form) => {
  if (form instanceof HTMLFormElement) form.addEventListener("submit", (event) => void signOut(event, form));
});

/**
 * @param {SubmitEvent} event
 * @param {HTMLFormElement} form
 */
async function signOut(event, form) {
  event.preventDefault();
  // Nothing may be stored any more, not even on `pagehide`.
  dispatchEvent(new Event("leave"));
  await removeAll();
  form.submit();
}
