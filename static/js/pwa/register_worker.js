import { workerAddress } from "../lib/trusted_types.js";

const SHELL_CACHE = "shell";

/**
 * Registers the service worker, which makes the page available offline, once the page itself has loaded.
 *
 * @param {string} start path of the page to cache
 */
export async function registerWorker(start) {
  if (!navigator.serviceWorker) return;
  const isLoaded = document.readyState === "complete";
  if (!isLoaded) await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  try {
    await navigator.serviceWorker.register(workerAddress());
    await cacheShell(start);
  } catch {
    // Forbidden (private windows) or offline: the chat works without a worker.
  }
}

/**
 * Caches the page on the first visit, which was loaded before there was a worker.
 *
 * @param {string} start
 */
async function cacheShell(start) {
  const cache = await caches.open(SHELL_CACHE);
  if (navigator.serviceWorker.controller || (await cache.match(start))) return;
  const answer = await fetch(start);
  if (answer.ok && new URL(answer.url).pathname === start) await cache.put(start, answer);
}
