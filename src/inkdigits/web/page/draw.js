/** The drawing view: what is written is read when each stroke ends. */

import { barsOf } from "./bars.js";
import { blobOf, byId, make, percent } from "./dom.js";
import { renderStrokes } from "./ink.js";
import { Pad } from "./pad.js";
import { readFields } from "./server.js";
import { statusBadge } from "./status.js";

const LONG_TEXT = 7; // characters, from which on the answer is set smaller

let pad = null;
let reading = null; // stops the reading of strokes that more strokes have followed

/** Make the view work. */
export function startDraw() {
  pad = new Pad(byId("pad"));
  pad.addEventListener("begin", () => byId("pad-hint").classList.add("gone"));
  pad.addEventListener("stroke", () => readDrawing());
  byId("draw-kinds").addEventListener("change", () => readDrawing());
  byId("draw-undo").addEventListener("click", () => pad.undo());
  byId("draw-redo").addEventListener("click", () => pad.redo());
  byId("draw-clear").addEventListener("click", () => pad.clear());
  document.addEventListener("keydown", (event) => useShortcut(event));
}

function useShortcut(event) {
  if (byId("view-draw").hidden || document.querySelector("dialog[open]")) return;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "z" && !event.shiftKey) pad.undo();
  else if (command && (key === "y" || (key === "z" && event.shiftKey))) pad.redo();
  else if (event.key === "Escape" || event.key === "Delete") pad.clear();
  else if (event.key === "Backspace" && !command) pad.undo();
  else return;
  event.preventDefault();
}

async function readDrawing() {
  const started = performance.now();
  const isBlank = pad.strokes.length === 0;
  byId("draw-undo").disabled = isBlank;
  byId("draw-clear").disabled = isBlank;
  byId("draw-redo").disabled = !pad.canRedo;
  byId("pad-hint").classList.toggle("gone", !isBlank);
  reading?.abort();
  if (isBlank) {
    showNothing();
    return;
  }
  reading = new AbortController();
  byId("draw-answer").setAttribute("aria-busy", "true");
  const { signal } = reading;
  const kind = document.querySelector('input[name="draw-kind"]:checked').value;
  try {
    const { fields, seen } = await readFields([renderStrokes(pad.strokes, kind)], kind, ["seen"], signal);
    if (!signal.aborted) showAnswer(fields[0], seen?.[0], performance.now() - started);
  } catch (error) {
    if (error.name !== "AbortError") showProblem(error);
  }
}

function showNothing() {
  say("–", "none");
  byId("answer-status").replaceChildren(make("span", { class: "soft" }, "Nothing drawn yet"));
  byId("answer-bars").replaceChildren();
  byId("answer-seen").hidden = true;
}

function showAnswer(field, seen, milliseconds) {
  const text = field.text === "" ? "–" : field.text;
  say(text, field.text === "" ? "none" : text.length >= LONG_TEXT ? "long" : "");
  byId("answer-status").replaceChildren(
    statusBadge(field.status),
    make("span", { class: "soft" }, confidenceSentence(field)),
  );
  byId("answer-bars").replaceChildren(...barsOf(field));
  byId("answer-time").textContent = `answered in ${Math.max(1, Math.round(milliseconds))} ms`;
  void showSeen(seen);
}

function confidenceSentence(field) {
  const share = percent(field.confidence);
  if (field.status === "rejected") return `${share} that this is no number`;
  if (field.status === "empty") return `${share} that nothing is written`;
  const meaning = field.value === null ? "its value is not clear" : meaningOf(field);
  return meaning ? `${share} likely to be right, ${meaning}` : `${share} likely to be right`;
}

function meaningOf({ text, value }) {
  if (value.type === "date") {
    const day = new Date(`${value.value}T00:00:00`);
    return day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  }
  return value.value === text ? "" : `that is ${value.value}`;
}

/** Show what the model saw, as large as its pixels are few. */
async function showSeen(seen) {
  byId("answer-seen").hidden = !seen;
  if (!seen) return;
  const picture = await createImageBitmap(blobOf(seen.png, "image/png"));
  const canvas = byId("seen-picture");
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

function showProblem(error) {
  showNothing();
  byId("answer-status").replaceChildren(make("span", { class: "notice" }, error.message));
}

function say(text, style) {
  byId("draw-answer").setAttribute("aria-busy", "false");
  const answer = byId("answer-text");
  answer.textContent = text;
  answer.className = `answer-text ${style}`.trim();
}
