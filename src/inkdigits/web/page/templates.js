/** The template view: a blank form comes in, a template for `inkdigits read --template` comes out. */

import { announce, base64Of, blobOf, byId, saveFile } from "./dom.js";
import { checkTemplate, proposeTemplate } from "./server.js";
import { newId } from "./store.js";
import { TemplateCanvas } from "./template-canvas.js";
import { showFieldForm, showFieldList, showSums } from "./template-form.js";
import { TemplateModel } from "./template-model.js";
import { keepTemplate } from "./template-store.js";

const LONGEST_SIDE = 2400; // pixels of a form's picture
const EMBEDDED = /^data:image\/[a-z0-9.+-]+;base64,/i;

let model = null;
let canvas = null;

/** Make the view work. */
export function startTemplates() {
  byId("template-files").addEventListener("change", ({ target }) => {
    void openFiles([...target.files]);
    target.value = "";
  });
  byId("template-find").addEventListener("click", () => void attempt(byId("template-find"), findBoxes));
  byId("template-save").addEventListener("click", () => void attempt(byId("template-save"), save));
  document.addEventListener("keydown", (event) => {
    if (byId("view-templates").hidden || !model || event.target.matches("input, textarea")) return;
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (event.shiftKey) model.redo();
    else model.undo();
    event.preventDefault();
  });
}

/** Open a blank form's picture, or a template with the picture that it names. */
export async function openFiles(files) {
  showProblem(null);
  try {
    const json = files.find((file) => file.type === "application/json" || /\.json$/i.test(file.name));
    if (json) await openTemplate(json, files.filter((file) => file !== json));
    else if (files.length > 0) await openForm(files[0]);
  } catch (error) {
    showProblem(error.message);
  }
}

async function openForm(file) {
  const { picture, size } = await pictureOf(file);
  edit(new TemplateModel({ id: newId(), name: stem(file.name), picture, size }));
}

async function openTemplate(file, others) {
  let data;
  try {
    data = JSON.parse(await file.text());
  } catch {
    throw new Error(`${file.name} is not JSON; expected a template.`);
  }
  const blank = typeof data?.blank === "string" ? data.blank : "";
  if (!EMBEDDED.test(blank)) {
    const name = blank.split(/[\\/]/).at(-1);
    const picture = others.find((other) => other.name === name);
    if (!picture) throw new Error(`${file.name} needs the picture that it names, ${name || "blank"}: open both together.`);
    data.blank = `data:image/png;base64,${await base64Of(picture)}`;
  }
  const whole = await checkTemplate(data);
  const picture = blobOf(contentOf(whole.blank), "image/png");
  const { size, fields, sums } = whole;
  edit(new TemplateModel({ id: newId(), name: stem(file.name), picture, size, fields, sums }));
}

function edit(opened) {
  canvas?.close();
  model = opened;
  byId("template-empty").hidden = true;
  byId("template-editor").hidden = false;
  byId("template-find").disabled = false;
  byId("template-save").disabled = false;
  canvas = new TemplateCanvas(byId("template-picture"), model);
  model.addEventListener("change", () => {
    showSide();
    showSums(byId("template-sums"), model);
  });
  model.addEventListener("chosen", () => showSide());
  showSide();
  showSums(byId("template-sums"), model);
}

/** Show the form, the list and the sums; the form only anew where it is another's, so that one can go on in it. */
function showSide() {
  const form = byId("template-field");
  const shown = [model.id, model.version, model.chosen, model.field?.kind].join(" ");
  if (form.dataset.shown !== shown) {
    const focused = document.activeElement?.id;
    showFieldForm(form, model);
    form.dataset.shown = shown;
    if (focused === "place-kind") document.getElementById(focused)?.focus();
  }
  showFieldList(byId("template-list"), model, addBox, (name) => {
    model.name = name;
  });
}

/** Add a box in the middle of the form, for the arrow keys to move. */
function addBox() {
  const [width, height] = model.size;
  model.add([0.4 * width, 0.48 * height, 0.6 * width, 0.52 * height]);
  canvas.focusChosen();
}

async function findBoxes() {
  const { fields } = await proposeTemplate(await base64Of(model.picture));
  const count = model.addFound(fields);
  if (count === 0) throw new Error(`No ${fields.length > 0 ? "other " : ""}boxes were found: draw them on the picture.`);
  announce(`${count} boxes found`);
}

async function save() {
  if (model.fields.length === 0) throw new Error("This template has no fields yet: draw a box, or let boxes be found.");
  const template = await model.toTemplate();
  try {
    await checkTemplate(template);
  } catch (error) {
    const index = Number(/fields\[(\d+)\]/.exec(error.message)?.[1] ?? NaN);
    if (index in model.fields) {
      model.fault = index;
      model.chosen = -1;
      model.choose(index);
    }
    throw error;
  }
  const isKept = await keepTemplate({ id: model.id, name: model.name, template });
  saveFile(new Blob([JSON.stringify(template, null, 1)], { type: "application/json" }), `${model.name}.json`);
  announce("Template saved; it can be chosen in the reading view");
  if (!isKept) showProblem("The file was saved, but this browser keeps the template only until the page is closed.");
}

async function attempt(button, act) {
  button.disabled = true;
  showProblem(null);
  try {
    await act();
  } catch (error) {
    showProblem(error.message);
  } finally {
    button.disabled = false;
  }
}

function showProblem(text) {
  byId("template-problem").hidden = !text;
  byId("template-problem").textContent = text ?? "";
}

/** Return a form's picture upright, without what a camera wrote beside it, and its size. */
async function pictureOf(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    // A PDF, a TIFF or a HEIC photo: the server has the means to show it.
    const { blank } = await proposeTemplate(await base64Of(file), false);
    bitmap = await createImageBitmap(blobOf(contentOf(blank), "image/png"));
  }
  const factor = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(bitmap.width * factor);
  sheet.height = Math.round(bitmap.height * factor);
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, sheet.width, sheet.height);
  const type = file.type === "image/png" ? "image/png" : "image/jpeg";
  const picture = await new Promise((resolve) => sheet.toBlob(resolve, type, 0.92));
  return { picture, size: [sheet.width, sheet.height] };
}

/** Return the base64 of a data URL; its media type is not to be believed. */
function contentOf(address) {
  return address.slice(address.indexOf(",") + 1);
}

function stem(name) {
  return name.replace(/\.[^.]*$/, "") || "template";
}
