/**
 * The page's element with this id. Throws if there is none of the expected type: page and scripts do not fit together.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type] a subclass of HTMLElement
 * @returns {T}
 */
export function byId(id, type) {
  return checked(document.getElementById(id), `#${id}`, type);
}

/**
 * The first element below `parent` that matches `selector`; throws if there is none.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {ParentNode} parent
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T}
 */
export function find(parent, selector, type) {
  return checked(parent.querySelector(selector), selector, type);
}

/**
 * A copy of the one element in `<template id="…">`.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T}
 */
export function cloneTemplate(id, type) {
  const [element] = byId(id, HTMLTemplateElement).content.children;
  return checked(element?.cloneNode(true) ?? null, `#${id}`, type);
}

/**
 * @template {HTMLElement} T
 * @param {Node | null} found
 * @param {string} name
 * @param {new () => T} [type]
 * @returns {T}
 */
function checked(found, name, type) {
  const expected = /** @type {new () => T} */ (type ?? HTMLElement);
  if (found instanceof expected) return found;
  throw new TypeError(name);
}

/**
 * The value of a `data-…` attribute written in a template, at or above the target of an event; null if there is none.
 *
 * @param {EventTarget | null} target
 * @param {string} name without `data-`
 */
export function templateValue(target, name) {
  const found = target instanceof Element ? target.closest(`[data-${name}]`) : null;
  return found?.getAttribute(`data-${name}`) ?? null;
}

/**
 * Brings `list` to hold exactly `items`. Moves only what is out of place: a moved element would lose the focus.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement[]} items
 */
export function arrangeChildren(list, items) {
  items.forEach((item, index) => {
    const current = list.children[index] ?? null;
    if (current !== item) list.insertBefore(item, current);
  });
  while (list.children.length > items.length) list.lastElementChild?.remove();
}

/**
 * Whether an element is rendered: neither it nor an ancestor has `display: none`.
 *
 * @param {Element} element
 */
export function isRendered(element) {
  return element.getClientRects().length > 0;
}
