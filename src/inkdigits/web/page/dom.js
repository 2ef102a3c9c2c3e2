/**
 * Elements, made without markup. Every text becomes a text node, so that nothing that a file, a template or a server
 * says can become script.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Return the element of the page with this id. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

/**
 * Return a new element. Properties: attributes by name (true: present, false or null: absent), `class`, and listeners
 * under "on" and the event's name. Children: elements and texts; null is left out.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return the icon of the page's sprite that is called so; beside a text it says nothing of its own. */
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  picture.append(use);
  return picture;
}

/** Scroll a box just as far as an element in it needs to be seen; the page around it stays. */
export function scrollWithin(box, element) {
  const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
  box.scrollTop += Math.min(0, inner.top - outer.top) + Math.max(0, inner.bottom - outer.bottom);
  box.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
}

/** Say something to those who hear the page. */
export function announce(text) {
  const announcer = byId("announcer");
  announcer.textContent = "";
  announcer.textContent = text;
}

/** Return a probability in percent, rounded down to tenths: nothing short of certain is 100%. */
export function percent(probability) {
  return `${(Math.floor(probability * 1000 + 1e-9) / 10).toFixed(1)}%`;
}

/** Let one file be saved under a name that has no folder in it. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_") });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Return the bytes that base64 says, as a Blob that a picture can show and nothing runs. */
export function blobOf(base64, type) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return new Blob([bytes], { type });
}

/** Return a Blob's bytes as base64, in a promise. */
export function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
