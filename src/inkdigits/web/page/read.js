/** The reading view: files come in, pages with boxes and tables come out. */

import { announce, blobOf, byId, icon, make, scrollWithin } from "./dom.js";
import { FieldCard } from "./field-card.js";
import { library } from "./library.js";
import { PictureView } from "./picture.js";
import { readPages } from "./server.js";
import { STATUS_ORDER, statusBadge } from "./status.js";
import { TablesView } from "./tables.js";
import { fillTakeCard } from "./take.js";
import { templateFor, templateNames, templatesChanged } from "./template-store.js";

const queue = [];
let running = null; // stops what is being read
let counted = { done: 0, all: 0 };

/** Make the view work. */
export function startRead() {
  new PictureView(byId("picture"));
  new TablesView(byId("tables"));
  new FieldCard(byId("field-card"));
  fillTakeCard(byId("take-read"));
  byId("read-files").addEventListener("change", ({ target }) => {
    readFiles(target.files);
    target.value = "";
  });
  byId("progress-stop").addEventListener("click", () => stop());
  byId("read-options").addEventListener("change", () => summarize());
  for (const name of ["pages", "page"]) library.addEventListener(name, () => show());
  library.addEventListener("correction", () => showCounts());
  templatesChanged.addEventListener("change", () => void listTemplates());
  void listTemplates();
}

/** Read files, after those that are being read. */
export function readFiles(files) {
  const options = optionsAsked();
  for (const file of files) queue.push({ file, options });
  counted.all += files.length;
  if (!running && queue.length > 0) void work();
}

async function work() {
  running = new AbortController();
  byId("read-progress").hidden = false;
  const [known, shown] = [new Set(library.pages), library.page];
  while (queue.length > 0 && !running.signal.aborted) {
    const { file, options } = queue.shift();
    showProgress(file.name);
    await readOne(file, options, running.signal);
    counted.done += 1;
    if (library.page === shown) showNew(known);
  }
  running = null;
  counted = { done: 0, all: 0 };
  byId("read-progress").hidden = true;
}

/** Show the first page that was not known, unless somebody types a correction on another one. */
function showNew(known) {
  const page = library.pages.find((other) => !known.has(other));
  if (page && document.activeElement?.id !== "field-text") library.choosePage(page);
}

async function readOne(file, { template: name, ...options }, signal) {
  try {
    // A template says itself what its fields hold.
    const known = name ? { pages: options.pages, template: JSON.stringify(await templateFor(name)) } : options;
    const { pages, pictures, problems } = await readPages(file, known, signal);
    for (const { number, detail } of problems) showProblem(`${file.name}, page ${number}: ${detail}`);
    const named = pages.map((page) => ({ ...page, source: file.name }));
    const blobs = (pictures ?? []).map((picture) => blobOf(picture.jpeg, "image/jpeg"));
    const isKept = await library.add(file.name, named, blobs, name || null);
    if (!isKept) showProblem(`${file.name} was read, but this browser keeps it only until the page is closed.`);
  } catch (error) {
    if (error.name !== "AbortError") showProblem(`${file.name}: ${error.message.replace(/^document (is|has) /, "")}`);
  }
}

function stop() {
  queue.length = 0;
  running?.abort();
}

function showProgress(name) {
  byId("progress-text").textContent = `Reading ${name} (${counted.done + 1} of ${counted.all})`;
  const bar = byId("progress-bar");
  if (counted.all === 1) bar.removeAttribute("value");
  else Object.assign(bar, { max: counted.all, value: counted.done });
}

function showProblem(text) {
  const close = make("button", { type: "button", class: "quiet", "aria-label": `Close: ${text}` }, icon("clear"));
  const line = make("li", {}, text, close);
  close.addEventListener("click", () => line.remove());
  byId("read-problems").append(line);
  announce(text);
}

function optionsAsked() {
  return {
    kind: byId("option-kind").value,
    day_first: byId("option-day").value,
    decimal_mark: byId("option-mark").value,
    pages: byId("option-pages").value.trim(),
    template: byId("option-template").value,
  };
}

function summarize() {
  const chosen = [...byId("read-options").querySelectorAll("select")]
    .filter((select) => select.selectedIndex > 0)
    .map((select) => select.selectedOptions[0].textContent);
  byId("options-summary").textContent = chosen.length > 0 ? `(${chosen.join(", ")})` : "";
}

async function listTemplates() {
  const select = byId("option-template");
  const before = select.value;
  const names = await templateNames();
  select.replaceChildren(
    make("option", { value: "" }, names.length > 0 ? "no template" : "no template yet; see Templates"),
    ...names.map(({ id, name }) => make("option", { value: id }, name)),
  );
  if (names.some(({ id }) => id === before)) select.value = before;
  summarize();
}

function show() {
  const { pages } = library;
  byId("read-empty").hidden = pages.length > 0;
  byId("read-results").hidden = pages.length === 0;
  const strip = byId("page-strip");
  strip.replaceChildren(...pages.map((page) => stripItem(page)));
  const chosen = strip.querySelector("[aria-current]");
  if (chosen) scrollWithin(strip, chosen);
  showCounts();
}

function stripItem(page) {
  const isChosen = page === library.page;
  const picture = make("img", { alt: "" });
  if (page.record.picture) {
    picture.src = URL.createObjectURL(page.record.picture);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
  }
  const doubtful = make("span", { class: "soft strip-doubtful" });
  const open = make("button", { type: "button", class: "strip-page", "aria-current": isChosen ? "true" : null, title: page.title }, picture, make("span", { class: "strip-name" }, page.title), doubtful);
  open.addEventListener("click", () => {
    library.choosePage(page);
    byId("page-strip").querySelector("[aria-current]")?.focus();
  });
  const remove = make("button", { type: "button", class: "strip-remove", "aria-label": `Remove ${page.title}` }, icon("clear"));
  remove.addEventListener("click", () => void library.removePage(page));
  return make("div", { class: "strip-item", role: "listitem" }, open, remove);
}

function showCounts() {
  [...byId("page-strip").querySelectorAll(".strip-doubtful")].forEach((line, index) => {
    const count = library.pages[index].entries.filter((entry) => entry.status === "review").length;
    line.textContent = count > 0 ? `${count} doubtful` : "nothing doubtful";
  });
  const entries = library.page?.entries ?? [];
  byId("legend").replaceChildren(
    ...STATUS_ORDER.map((status) => [status, entries.filter((entry) => entry.status === status).length])
      .filter(([, count]) => count > 0)
      .map(([status, count]) => make("li", {}, statusBadge(status, count))),
  );
}
