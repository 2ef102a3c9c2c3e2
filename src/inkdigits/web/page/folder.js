/**
 * The doubtful fields of a batch: those that the server has in a folder come into the library, some at a time, as pages of
 * one field. What was corrected is sent back under the same name, since it is the same picture.
 */

import { blobOf, byId } from "./dom.js";
import { library } from "./library.js";
import { doubtfulField, doubtfulNames } from "./server.js";

const AT_ONCE = 24;
const FEW = 8; // left to look at, before more are fetched

let isBringing = false;
let toCome = 0;

/** Bring fields now, and more as they are corrected. */
export function startFolder() {
  library.addEventListener("correction", () => void bring());
  return bring();
}

/** Return how many fields are in the server's folder and not here yet. */
export function countToCome() {
  return toCome;
}

async function bring() {
  const waiting = library.pages.filter(({ document, entries }) => document.fromFolder && !entries[0].correction);
  if (isBringing || waiting.length > FEW) return;
  isBringing = true;
  try {
    const { names, count } = await doubtfulNames();
    const missing = names.filter((name) => !library.has(name));
    const fetched = await Promise.all(missing.slice(0, AT_ONCE).map((name) => documentOf(name)));
    toCome = missing.length - fetched.length + (count - names.length);
    await library.addDocuments(fetched.filter(Boolean));
  } catch (error) {
    byId("about").textContent = `Doubtful fields of the batch cannot be fetched: ${error.message}`;
  } finally {
    isBringing = false;
  }
}

/** Return one field as a document of the library; null where the server has it no more. */
async function documentOf(name) {
  try {
    const { page, picture } = await doubtfulField(name);
    const blob = blobOf(picture.png, "image/png");
    const file = page.source?.split(/[/\\]/).pop() || "field";
    return { id: name, name: file, template: null, fromFolder: true, pages: [{ page, picture: blob, corrections: {} }] };
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}
