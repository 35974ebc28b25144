// Storage can be full or forbidden; the chat then goes on without.

export function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Nothing better to do: what is in memory still counts.
  }
}

export function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above.
  }
}

export function keysStartingWith(start) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}
