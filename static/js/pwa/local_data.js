import { keysStartingWith, remove } from "../lib/local_storage.js";

const OURS = "tertulia:";
const SHELL = "shell";
// What is written down by user, and by nothing else: `tertulia:draft:7:…`.
const BY_USER = /^tertulia:(?:draft|memory|outbox|read|level):(\d+)(?::|$)/;

/** Before somebody signs out: nothing of theirs stays in this browser. */
export async function forgetAll() {
  keysStartingWith(OURS).forEach(remove);
  await forgetShell();
}

/** Somebody signs in where another was before: what that one left is not for them. */
export function forgetOthers(user) {
  keysStartingWith(OURS).forEach((key) => {
    const owner = BY_USER.exec(key)?.[1];
    if (owner && owner !== String(user)) remove(key);
  });
}

/** The session ended from elsewhere: what was read goes; what was written and not sent waits for its writer. */
export async function forgetRead(user, memory) {
  memory.stop();
  keysStartingWith(`${OURS}memory:${user}:`).forEach(remove);
  await forgetShell();
}

async function forgetShell() {
  await globalThis.caches?.delete(SHELL).catch(() => false);
}

// Their account has just been deleted; where there is no TLS, browsers take no word of a server to forget.
if (document.querySelector(".messages .gone")) forgetAll();

document.querySelectorAll("form[data-leaves]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // Nothing is to be written down any more, not even by the page's last act.
    dispatchEvent(new Event("leave"));
    await forgetAll();
    form.submit();
  });
});
