// The service worker, served at /service-worker.js after a line that defines KNOWN.
//
// Static files are cached by release. Of the pages only the chat of the signed-in person is cached, as an offline
// shell; it is removed at sign-out (static/js/pwa/local_data.js) and when the server refuses access.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const FILES_CACHE = `files-${KNOWN.version}`;
const SHELL_CACHE = "shell";
const CHAT = /^\/(?:$|rooms\/|messages\/)/;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(KNOWN.static)) event.respondWith(staticFile(request));
  else if (request.mode === "navigate" && CHAT.test(pathname)) event.respondWith(chatPage(event));
});

async function install() {
  const cache = await caches.open(FILES_CACHE);
  await cache.addAll(KNOWN.files);
  await worker.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  const outdated = names.filter((name) => name !== FILES_CACHE && name !== SHELL_CACHE);
  await Promise.all(outdated.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/**
 * Cache first: names of static files carry their hash.
 *
 * @param {Request} request
 */
async function staticFile(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/**
 * Network first, the cached shell while offline.
 *
 * @param {FetchEvent} event
 */
async function chatPage(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(updateShell(event.request, answer.clone()));
    return answer;
  } catch (error) {
    const shell = await caches.match(KNOWN.start, { cacheName: SHELL_CACHE });
    if (shell) return shell;
    throw error;
  }
}

/**
 * @param {Request} request
 * @param {Response} answer
 */
async function updateShell(request, answer) {
  const cache = await caches.open(SHELL_CACHE);
  const isRedirectedAway = answer.type === "opaqueredirect" && new URL(request.url).pathname !== "/";
  if (answer.ok) await cache.put(KNOWN.start, answer);
  else if (isRedirectedAway || answer.status === 403) await cache.delete(KNOWN.start);
}

worker.addEventListener("message", (event) => {
  const { data } = event;
  if (data.notify) event.waitUntil(notify(data.notify, data.options));
});
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openRoom(event.notification.data));
});

/**
 * Shows a notification unless a tab of the site has the focus.
 *
 * @param {string} title
 * @param {NotificationOptions} options
 */
async function notify(title, options) {
  const tabs = await worker.clients.matchAll({ type: "window" });
  if (!tabs.some(({ focused }) => focused)) await worker.registration.showNotification(title, options);
}

/** @param {{ address: string, room: number }} data of the notification */
async function openRoom({ address, room }) {
  const [tab] = await worker.clients.matchAll({ type: "window" });
  if (!tab) {
    await worker.clients.openWindow(address);
    return;
  }
  await tab.focus();
  tab.postMessage({ open: room });
}
