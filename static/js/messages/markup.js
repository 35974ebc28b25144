import { inertFragment } from "../lib/trusted_types.js";

// Allowlist of the server's markup (rooms/markup). Anything else is dropped, even if the server should send it.
const TAGS = new Set(["A", "BLOCKQUOTE", "CODE", "EM", "LI", "OL", "P", "PRE", "S", "SPAN", "STRONG", "UL"]);
const CLASSES = new Set(["mention", "comment", "deleted", "inserted", "keyword", "name", "number", "string"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * Replaces the content of `element` by a message's HTML, rebuilt from the allowlist.
 *
 * @param {HTMLElement} element
 * @param {string} html
 */
export function fill(element, html) {
  element.replaceChildren(...copies(inertFragment(html)));
}

/**
 * @param {ParentNode & Node} parent
 * @returns {Array<string | HTMLElement>}
 */
function copies(parent) {
  return Array.from(parent.childNodes).flatMap((node) => {
    if (node instanceof Text) return [node.data];
    if (!(node instanceof Element)) return [];
    // White space is preserved by the style sheet; a real line feed is also searched, copied and read aloud as one.
    if (node.tagName === "BR") return ["\n"];
    return node instanceof HTMLElement && TAGS.has(node.tagName) ? [copy(node)] : copies(node);
  });
}

/** @param {HTMLElement} node */
function copy(node) {
  const made = document.createElement(node.tagName);
  made.append(...copies(node));
  if (made instanceof HTMLAnchorElement) setLink(made, node.getAttribute("href") ?? "");
  if (CLASSES.has(node.className)) made.className = node.className;
  const user = node.getAttribute("data-user");
  if (user) made.dataset.user = user;
  if (made instanceof HTMLOListElement && node instanceof HTMLOListElement && node.start !== 1) made.start = node.start;
  return made;
}

/**
 * @param {HTMLAnchorElement} anchor
 * @param {string} address
 */
function setLink(anchor, address) {
  if (!SCHEMES.has(schemeOf(address))) return;
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer nofollow";
}

/**
 * The scheme of an absolute address, "" for any other text. Not `URL.parse`: Safari has it since 18 only.
 *
 * @param {string} address
 */
function schemeOf(address) {
  try {
    return new URL(address).protocol;
  } catch {
    return "";
  }
}
