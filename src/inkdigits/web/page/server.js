/** The calls of the HTTP API under v1/. Every error is a Problem with a sentence that a person can read. */

import { byId } from "./dom.js";

const MOST_TRIES = 4;
const LONGEST_WAIT = 10; // seconds, whatever a busy server asks for
let apiKey = null; // in memory alone, for as long as the page is open
let asking = null;

/** What a server answered in place of a result (RFC 9457), or why there was no answer. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.name = "Problem";
    this.status = status;
  }
}

/** Read pictures of one field each; include "seen" to get what the model saw. */
export async function readFields(pictures, kind, include = [], signal = undefined) {
  const form = new FormData();
  for (const picture of pictures) form.append("images", picture, "drawing.pgm");
  form.append("kind", kind);
  for (const name of include) form.append("include", name);
  return (await call("fields", { method: "POST", body: form, signal })).json();
}

/** Read the pages of a picture or document, with their pictures. Options: see the form of the reading view. */
export async function readPages(file, options, signal) {
  const form = new FormData();
  form.append("document", file, file.name);
  form.append("include", "picture");
  for (const [name, value] of Object.entries(options)) if (value) form.append(name, value);
  return (await call("pages", { method: "POST", body: form, signal })).json();
}

/** Return pages as a file of a format, as a Blob. */
export async function exportPages(pages, format, picture = undefined) {
  return (await call("exports", asJson({ pages, format, picture }))).blob();
}

/**
 * Return the template that is proposed for a blank form, given as base64 of a picture or document. Without `propose`
 * it has no fields, and shows what the browser cannot.
 */
export async function proposeTemplate(picture, propose = true) {
  return (await (await call("templates", asJson({ picture, propose }))).json()).template;
}

/** Return a template made whole, or throw a Problem that names the place of its fault. */
export async function checkTemplate(template) {
  return (await (await call("templates", asJson({ template }))).json()).template;
}

/** Keep a correction on the server. */
export async function sendCorrection(correction) {
  await call("corrections", asJson(correction));
}

/** Return the names of doubtful fields of a batch that nobody has corrected, and how many there are. */
export async function doubtfulNames() {
  return (await call("review")).json();
}

/** Return one of them: a page of one field, and its picture. */
export async function doubtfulField(name) {
  return (await call(`review/${name}`)).json();
}

/** Return what the server says of itself: kinds, limits, whether it keeps corrections, its version. */
export async function settings() {
  return (await call("settings")).json();
}

function asJson(data) {
  return { method: "POST", body: JSON.stringify(data), headers: { "Content-Type": "application/json" } };
}

async function call(path, request = {}) {
  for (let tries = 1; ; tries += 1) {
    const headers = { ...request.headers, ...(apiKey ? { Authorization: `Bearer ${apiKey}` } : {}) };
    const answer = await send(`v1/${path}`, { ...request, headers });
    if (answer.ok) return answer;
    if (answer.status === 401) {
      await askForKey();
    } else if (answer.status === 503 && tries < MOST_TRIES) {
      const seconds = Number(answer.headers.get("Retry-After")) || 1;
      await wait(Math.min(seconds, LONGEST_WAIT), request.signal);
    } else {
      throw await problemOf(answer);
    }
  }
}

/** Wait for seconds; less where the signal says that nobody waits any more, which the next fetch tells of. */
function wait(seconds, signal) {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", resolve, { once: true });
  });
}

async function send(address, request) {
  try {
    return await fetch(address, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The server does not answer. Is it still running?");
  }
}

async function problemOf(answer) {
  let told = null;
  try {
    told = await answer.json();
  } catch {
    // Something between the page and the server answered: its status says all there is.
  }
  return new Problem(answer.status, told?.detail || told?.title || `The server answered ${answer.status}.`);
}

/** Ask for the key once, however many calls wait for it. */
function askForKey() {
  asking ??= new Promise((resolve, reject) => {
    const dialog = byId("key-dialog");
    byId("key").value = "";
    byId("key-wrong").hidden = apiKey === null;
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        asking = null;
        const given = dialog.returnValue === "ok" ? byId("key").value.trim() : "";
        byId("key").value = "";
        apiKey = given || null;
        if (apiKey) resolve();
        else reject(new Problem(401, "This server reads nothing without its key."));
      },
      { once: true },
    );
    dialog.showModal();
  });
  return asking;
}
