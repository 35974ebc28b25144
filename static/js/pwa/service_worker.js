// Served at /service-worker.js, behind a line that makes KNOWN: `{version, files, static, start}`.
//
// Static files are kept by release. Of pages only one is: the chat of whoever is signed in, as the shell for an hour
// without a line. It goes when they sign out (static/js/pwa/local_data.js), and when the server turns them away.

const FILES = `files-${KNOWN.version}`;
const SHELL = "shell";
const CHAT = /^\/(?:$|rooms\/|messages\/)/;

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(KNOWN.static)) event.respondWith(file(request));
  else if (request.mode === "navigate" && CHAT.test(pathname)) event.respondWith(chat(event));
});

async function install() {
  const cache = await caches.open(FILES);
  await cache.addAll(KNOWN.files);
  await skipWaiting();
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== FILES && name !== SHELL).map((name) => caches.delete(name)));
  await clients.claim();
}

/** Names of static files hold their fingerprint: what is kept never grows old. */
async function file(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** The server's word counts; only where it cannot be heard, what it said last. */
async function chat(event) {
  try {
    const answer = await fetch(event.request);
    event.waitUntil(remember(event.request, answer.clone()));
    return answer;
  } catch (error) {
    const shell = await caches.match(KNOWN.start, { cacheName: SHELL });
    if (shell) return shell;
    throw error;
  }
}

async function remember(request, answer) {
  const cache = await caches.open(SHELL);
  const leadsAway = answer.type === "opaqueredirect" && new URL(request.url).pathname !== "/";
  if (answer.ok) await cache.put(KNOWN.start, answer);
  else if (leadsAway || answer.status === 403) await cache.delete(KNOWN.start);
}

addEventListener("message", ({ data }) => data.notify && notify(data.notify, data.options));
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(comeBack(event.notification.data));
});

/** Nobody is told of what another tab shows them already. */
async function notify(title, options) {
  const tabs = await clients.matchAll({ type: "window" });
  if (!tabs.some(({ focused }) => focused)) await registration.showNotification(title, options);
}

async function comeBack({ address, room }) {
  const [tab] = await clients.matchAll({ type: "window" });
  if (!tab) return clients.openWindow(address);
  await tab.focus();
  return tab.postMessage({ open: room });
}
