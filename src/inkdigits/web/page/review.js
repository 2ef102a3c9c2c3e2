/** The review view: doubtful fields one after the other; Enter accepts, typing corrects. */

import { announce, byId, icon, make, percent } from "./dom.js";
import { correctEntry, cropOf, explain, faultOf, withoutSpaces } from "./corrections.js";
import { countToCome } from "./folder.js";
import { library } from "./library.js";
import { statusBadge } from "./status.js";
import { fillTakeCard } from "./take.js";

const SURROUNDINGS = 0.35; // of a field's longer side: what stands around it helps to read it
const CROP_HEIGHT = 260; // pixels
const CROP_WIDTH = 620;

let current = null;

/** Make the view work. */
export function startReview() {
  fillTakeCard(byId("take-review"));
  byId("review-rejected").addEventListener("change", () => show());
  library.addEventListener("pages", () => update());
  library.addEventListener("correction", () => showCount());
  update();
}

/** Show the field to look at, and put the cursor into its line. */
export function enterReview() {
  if (!current || current.correction) current = nextAfter(null);
  show();
}

function update() {
  if (!library.entries.includes(current)) current = null;
  showCount();
  if (!byId("view-review").hidden) enterReview();
}

function showCount() {
  const count = waiting().length;
  const badge = byId("doubtful-count");
  badge.hidden = count === 0;
  badge.textContent = String(count);
  badge.setAttribute("aria-label", `${count} doubtful`);
}

/** All fields that are doubtful, looked at or not. Of a form, one that is no number is doubtful, too. */
function doubtful() {
  const withRejected = byId("review-rejected").checked;
  return library.entries.filter(
    ({ field, page }) => field.status === "review" || (field.status === "rejected" && (withRejected || page.isForm)),
  );
}

function waiting() {
  return doubtful().filter((entry) => !entry.correction);
}

function nextAfter(entry, step = 1) {
  const all = doubtful();
  const start = entry ? all.indexOf(entry) : -1;
  for (let count = 1; count <= all.length; count += 1) {
    const other = all[(((start + step * count) % all.length) + all.length) % all.length];
    if ((step < 0 || !other.correction) && other !== entry) return other; // back to what was decided, too
  }
  return entry && !entry.correction ? entry : null;
}

function show() {
  if (current && !doubtful().includes(current)) current = null;
  current ??= nextAfter(null);
  byId("take-review").hidden = library.pages.length === 0;
  byId("review-body").replaceChildren(...(current ? [progress(), card(current)] : [nothingLeft()]));
  showCount();
  const input = document.getElementById("review-text");
  input?.focus();
  input?.select();
}

function progress() {
  const [left, all] = [waiting().length, doubtful().length];
  const more = countToCome() > 0 ? `, and ${countToCome()} more to come` : "";
  const bar = make("progress", { max: String(all), value: String(all - left), "aria-label": "Fields looked at" });
  return make("div", { class: "review-progress" }, make("p", { class: "soft", role: "status" }, `${left} of ${all} doubtful fields to look at${more}`), bar);
}

function card(entry) {
  const picture = make("div", { class: "review-picture" });
  void fillPicture(picture, entry).then(keepInView);
  return make("div", { class: "card review-card" }, picture, form(entry));
}

async function fillPicture(picture, entry) {
  const where = make("p", { class: "soft" }, `${entry.title}, ${entry.page.title}`);
  const crop = await cropOf(entry, SURROUNDINGS);
  if (!crop) {
    picture.replaceChildren(make("p", {}, "The picture does not show this field."), where);
    return;
  }
  const factor = Math.min(CROP_HEIGHT / crop.height, CROP_WIDTH / crop.width);
  const canvas = make("canvas", { role: "img", "aria-label": `The writing of ${entry.title}` });
  canvas.width = Math.max(1, Math.round(crop.width * factor));
  canvas.height = Math.max(1, Math.round(crop.height * factor));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(crop, 0, 0, canvas.width, canvas.height);
  picture.replaceChildren(canvas, where);
}

/** The crop comes after the line to type in, and moves it down. */
function keepInView() {
  const { activeElement } = document;
  if (activeElement.id === "review-text") activeElement.scrollIntoView({ block: "nearest" });
}

function form(entry) {
  const { field } = entry;
  const input = make("input", { id: "review-text", type: "text", autocomplete: "off", spellcheck: "false", maxlength: "64", placeholder: "nothing written", "aria-describedby": "review-keys" });
  input.value = entry.shown.text;
  const choices = choicesOf(field);
  const elements = make(
    "form",
    { class: "review-form" },
    make("div", { class: "row" }, statusBadge(entry.status), make("span", { class: "soft" }, reason(field))),
    make("label", {}, "What is written", input),
    choices.length > 1 ? choiceList(choices, input) : null,
    make(
      "div",
      { class: "review-buttons" },
      make("button", { type: "submit", class: "primary" }, icon("ok"), "Accept"),
      button("No number", () => decide(entry, null), "rejected"),
      button("Back", () => go(-1), "back"),
      button("Skip", () => go(1), "next"),
    ),
    make("p", { class: "soft keys", id: "review-keys" }, make("kbd", {}, "Enter"), " accepts, ", make("kbd", {}, "↑"), " ", make("kbd", {}, "↓"), " choose a reading, ", make("kbd", {}, "Page ↑"), " ", make("kbd", {}, "Page ↓"), " go back and on. An empty line says that nothing is written."),
  );
  elements.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(entry, withoutSpaces(input.value), choices[Number(input.dataset.choice)]);
  });
  input.addEventListener("input", () => delete input.dataset.choice);
  input.addEventListener("keydown", (event) => useKey(event, entry, choices, input));
  return elements;
}

function reason(field) {
  if (field.status === "rejected") return "ink that seems to be no number";
  if (field.text === "") return "the picture does not show it";
  const share = `${percent(field.confidence)} sure`;
  return field.value === null && field.confidence >= 0.9 ? `${share}, but it can mean two things` : share;
}

function choiceList(choices, input) {
  const items = choices.map((reading, index) => {
    const share = make("span", { class: "soft" }, percent(reading.confidence));
    const choice = make("button", { type: "button", tabindex: "-1" }, said(reading), share);
    choice.addEventListener("click", () => {
      take(reading, index, input);
      input.focus();
    });
    return make("li", {}, choice);
  });
  return make("ul", { class: "review-choices", "aria-label": "Readings" }, ...items);
}

/** The readings of a field; where a text can mean two things, it stands once for each. */
function choicesOf(field) {
  const isOpen = (text) => field.alternatives.filter((other) => other.text === text && other.value !== null).length > 1;
  const seen = new Set();
  return [field, ...field.alternatives].filter(({ text, value }) => {
    const key = isOpen(text) ? `${text} ${JSON.stringify(value)}` : text;
    const isNew = text !== "" && !seen.has(key) && !(value === null && isOpen(text));
    seen.add(key);
    return isNew;
  }).map((reading) => ({ ...reading, meaning: isOpen(reading.text) ? reading.value.value : null }));
}

function said({ text, meaning }) {
  return meaning === null ? text : `${text} = ${meaning}`;
}

function take(reading, index, input) {
  input.value = reading.text;
  input.dataset.choice = String(index);
  announce(`${said(reading)}, ${percent(reading.confidence)}`);
}

function button(text, act, name) {
  const element = make("button", { type: "button" }, icon(name), text);
  element.addEventListener("click", act);
  return element;
}

function useKey(event, entry, choices, input) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && choices.length > 0) {
    const at = input.dataset.choice ? Number(input.dataset.choice) : choices.findIndex(({ text }) => text === input.value);
    const next = at < 0 ? 0 : (at + step + choices.length) % choices.length;
    take(choices[next], next, input);
  } else if (event.key === "PageDown") go(1);
  else if (event.key === "PageUp") go(-1);
  else if (event.key === "Escape") input.value = entry.shown.text;
  else return;
  event.preventDefault();
}

function go(step) {
  showProblem(null);
  current = nextAfter(current, step);
  show();
}

/** Keep what was decided, and go on at once: whoever types fast is not to wait for a disk or a server. */
function decide(entry, text, reading = null) {
  const fault = faultOf(text);
  showProblem(fault);
  if (fault) return;
  const next = nextAfter(entry);
  const kept = correctEntry(entry, text, reading?.text === text ? reading.value : undefined);
  current = next === entry ? null : next;
  show();
  kept.then(
    (isKept) => isKept || showProblem("This browser keeps corrections only until the page is closed."),
    (error) => showProblem(explain(error)),
  );
}

function showProblem(text) {
  byId("review-problem").hidden = !text;
  byId("review-problem").textContent = text ?? "";
}

function nothingLeft() {
  const hasPages = library.pages.length > 0;
  const [title, text] = hasPages
    ? ["Nothing is doubtful", "What was read and what you corrected can be taken away below."]
    : ["Nothing to review yet", "Read a page first; its doubtful fields come here, one after the other."];
  const element = make("div", { class: "drop done" }, icon("review"), make("p", { class: "drop-title", role: "status" }, title), make("p", { class: "soft" }, text));
  element.querySelector(".icon").classList.add("large");
  const corrected = library.entries.filter((entry) => entry.correction).length;
  if (corrected > 0) element.append(make("p", { class: "soft" }, corrected === 1 ? "1 field was looked at." : `${corrected} fields were looked at.`));
  return element;
}
