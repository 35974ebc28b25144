import { inert } from "../lib/trusted_types.js";

// What the server makes of people's texts (rooms/markup); anything else stays behind, whoever sent it.
const TAGS = new Set(["A", "BLOCKQUOTE", "CODE", "EM", "LI", "OL", "P", "PRE", "S", "SPAN", "STRONG", "UL"]);
const CLASSES = new Set(["mention", "comment", "deleted", "inserted", "keyword", "name", "number", "string"]);
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** Fills `element` with the message's `html`, made anew from the tags and attributes above. */
export function fill(element, html) {
  element.replaceChildren(...copies(inert(html)));
}

function copies(parent) {
  return Array.from(parent.childNodes).flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    // Blanks are shown as they stand, so a line end says it all; as text it is also found, copied and spoken as one.
    if (node.tagName === "BR") return ["\n"];
    return TAGS.has(node.tagName) ? [copy(node)] : copies(node);
  });
}

function copy(node) {
  const made = document.createElement(node.tagName);
  made.append(...copies(node));
  if (node.tagName === "A") link(made, node.getAttribute("href") ?? "");
  if (CLASSES.has(node.className)) made.className = node.className;
  if (node.dataset.user) made.dataset.user = node.dataset.user;
  if (node.tagName === "OL" && node.start !== 1) made.start = node.start;
  return made;
}

function link(made, address) {
  if (!SCHEMES.has(URL.parse(address)?.protocol)) return;
  made.href = address;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
}
