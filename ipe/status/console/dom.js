// Small helpers around the DOM. Text always goes in as text, never as markup: endpoint names come from devices.

export const $ = (id) => document.getElementById(id);

// el("p", { class: "x", onclick: f, hidden: true, "aria-label": "y" }, "text", child, ...)
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Writes only what differs, so that nothing that stands still is announced or laid out again. True if it differed.
export function setText(node, text) {
  const wanted = String(text ?? "");
  if (node.textContent === wanted) return false;
  node.textContent = wanted;
  return true;
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

// Makes the children of `parent` follow `items`, keeping the node of each key (and with it focus and animations).
export function reconcile(parent, items, keyOf, create, update) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = old.get(key);
    if (node) {
      old.delete(key);
    } else {
      node = create(item);
      node.dataset.key = key;
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
    update(node, item);
  }
  for (const node of old.values()) node.remove();
}

// A short highlight of something that just changed.
export function flash(node) {
  node.classList.remove("changed");
  void node.offsetWidth;  // lets the animation start anew
  node.classList.add("changed");
}

export function debounce(wait, action) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
}

// At once, then at most every `gap` ms, and once more at the end if it was asked for meanwhile.
export function throttle(gap, action) {
  let timer = 0, again = false;
  return function run() {
    if (timer) { again = true; return; }
    action();
    timer = setTimeout(() => { timer = 0; if (again) { again = false; run(); } }, gap);
  };
}
