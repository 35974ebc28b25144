import { workerAddress } from "../lib/trusted_types.js";

const SHELL = "shell";

/** Has the service worker keep the page for an hour without a line, once the page itself is done with loading. */
export async function employWorker(start) {
  if (!navigator.serviceWorker) return;
  if (document.readyState !== "complete") await new Promise((loaded) => addEventListener("load", loaded, { once: true }));
  try {
    await navigator.serviceWorker.register(workerAddress());
    await keepShell(start);
  } catch {
    // A browser may forbid it (private windows do), or the line is cut: the chat goes on without.
  }
}

/** This very page was loaded before there was a worker to keep it. */
async function keepShell(start) {
  const cache = await caches.open(SHELL);
  if (navigator.serviceWorker.controller || (await cache.match(start))) return;
  const answer = await fetch(start);
  if (answer.ok && new URL(answer.url).pathname === start) await cache.put(start, answer);
}
