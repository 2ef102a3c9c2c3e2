/** The page: four views of which one is shown, files from anywhere on it, and what the server says of itself. */

import { setServerKeeps } from "./corrections.js";
import { byId } from "./dom.js";
import { startFolder } from "./folder.js";
import { startDraw } from "./draw.js";
import { library } from "./library.js";
import { readFiles, startRead } from "./read.js";
import { enterReview, startReview } from "./review.js";
import { settings } from "./server.js";
import { openFiles, startTemplates } from "./templates.js";

const VIEWS = ["draw", "read", "review", "templates"];

start();

function start() {
  startDraw();
  startRead();
  startReview();
  startTemplates();
  window.addEventListener("hashchange", () => showView(true));
  showView(false);
  takeFiles();
  void begin();
  document.documentElement.dataset.ready = "true";
  performance.mark("interactive");
}

function viewAsked() {
  const name = location.hash.slice(1);
  return VIEWS.includes(name) ? name : VIEWS[0];
}

function showView(moves) {
  const asked = viewAsked();
  for (const name of VIEWS) {
    byId(`view-${name}`).hidden = name !== asked;
    const tab = document.querySelector(`.tabs a[href="#${name}"]`);
    if (name === asked) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const title = byId(`${asked}-title`).textContent;
  document.title = `${title} · inkdigits`;
  if (moves) window.scrollTo(0, 0);
  if (asked === "review") enterReview();
}

/** Take files that are dropped on the page or pasted: blank forms where templates are made, else pages to read. */
function takeFiles() {
  const { body } = document;
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    body.classList.remove("dropping");
    if (!hasFiles(event)) return;
    event.preventDefault();
    bring([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    bring(files);
  });
}

function bring(files) {
  if (viewAsked() === "templates") {
    void openFiles(files);
    return;
  }
  location.hash = "#read";
  readFiles(files);
}

/** What the browser keeps comes first: what is here already is not fetched again. */
async function begin() {
  await library.load();
  await tellOfServer();
}

async function tellOfServer() {
  try {
    const { version, corrections, review } = await settings();
    setServerKeeps(Boolean(corrections));
    byId("about").textContent = `inkdigits ${version}${corrections ? ", keeps corrections" : ""}`;
    if (review) await startFolder();
  } catch (error) {
    byId("about").textContent = error.message;
  }
}
