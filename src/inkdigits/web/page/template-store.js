/** Templates that this browser keeps: saved in the template view, used in the reading view. */

import { allOf, forget, keep } from "./store.js";

const inMemory = new Map(); // where the browser keeps nothing

/** Tells of a "change" event when templates were kept or forgotten. */
export const templatesChanged = new EventTarget();

/** Keep a template: { id, name, template }, the last as `inkdigits read --template` takes it. */
export async function keepTemplate({ id, name, template }) {
  const item = { id, name, template, added: Date.now() };
  inMemory.set(id, item);
  const isKept = await keep("templates", item);
  templatesChanged.dispatchEvent(new Event("change"));
  return isKept;
}

/** Forget a template. */
export async function forgetTemplate(id) {
  inMemory.delete(id);
  await forget("templates", id);
  templatesChanged.dispatchEvent(new Event("change"));
}

/** Return all that are kept, oldest first. */
export async function templateNames() {
  for (const item of await allOf("templates")) inMemory.set(item.id, item);
  return [...inMemory.values()].sort((one, other) => one.added - other.added);
}

/** Return the template with this id. */
export async function templateFor(id) {
  await templateNames();
  const found = inMemory.get(id);
  if (!found) throw new Error("this template is no longer kept; choose another");
  return found.template;
}
