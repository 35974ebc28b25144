/** A fresh copy of the one element in `<template id="…">`. */
export function copyOf(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Brings `list` to hold exactly `items`, moving only what is out of place: a moved element would lose the focus. */
export function arrange(list, items) {
  items.forEach((item, place) => {
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
}
