/** Taking results away: as CSV, JSON, hOCR or ALTO, as annotated pictures, and as pictures to learn from. */

import { announce, base64Of, icon, make, saveFile } from "./dom.js";
import { cropOf } from "./corrections.js";
import { library } from "./library.js";
import { exportPages } from "./server.js";
import { crc32, zip } from "./zip.js";

const FORMATS = [
  { name: "CSV", take: () => takeText("csv", "csv") },
  { name: "CSV, a row a field", take: () => takeText("fields", "fields.csv") },
  { name: "JSON", take: () => takeText("json", "json") },
  { name: "Annotated picture", take: takePictures },
  { name: "hOCR", take: () => takeText("hocr", "hocr.html") },
  { name: "ALTO", take: () => takeText("alto", "alto.xml") },
  { name: "Training pictures", take: takeCrops, needsCorrections: true },
];
const LABELS = "fields/labels.csv";

/** Fill a card with a button for each format. */
export function fillTakeCard(card) {
  const told = make("p", { class: "soft", role: "status" });
  const buttons = FORMATS.map((format) => {
    const button = make("button", { type: "button" }, icon("save"), format.name);
    button.addEventListener("click", () => void takeWith(button, format, told));
    return button;
  });
  card.replaceChildren(make("h2", {}, "Take away"), make("div", { class: "row" }, ...buttons), told);
  const update = () => {
    const hasCorrections = library.entries.some((entry) => entry.correction);
    FORMATS.forEach((format, index) => {
      if (format.needsCorrections) buttons[index].hidden = !hasCorrections;
    });
  };
  library.addEventListener("pages", update);
  library.addEventListener("correction", update);
  update();
}

async function takeWith(button, format, told) {
  button.disabled = true;
  told.textContent = "";
  try {
    await format.take();
    announce(`${format.name} saved`);
  } catch (error) {
    told.textContent = `${format.name}: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

async function takeText(format, ending) {
  saveFile(await exportPages(library.correctedPages(), format), `${baseName()}.${ending}`);
}

async function takePictures() {
  const files = [];
  for (const page of library.pages) {
    if (!page.record.picture) continue;
    const picture = await base64Of(page.record.picture);
    files.push(await exportPages(library.correctedPages([page]), "annotated", picture));
  }
  const ending = files[0]?.type === "image/jpeg" ? "jpg" : "png";
  if (files.length === 1) {
    saveFile(files[0], `${baseName()}-annotated.${ending}`);
    return;
  }
  const numbered = files.map(async (file, index) => [`page-${index + 1}.${ending}`, await bytesOf(file)]);
  saveFile(zip(await Promise.all(numbered)), "inkdigits-annotated.zip");
}

/**
 * Save what a person has confirmed or corrected as pictures with labels: digits in a folder a class, which is an image
 * folder to train on, and longer fields beside a table of their texts. No name comes from a file or from what was typed.
 */
async function takeCrops() {
  const [files, rows, used] = [[], [], new Set()];
  for (const entry of library.entries) {
    const text = entry.correction?.text;
    const crop = text ? await cropOf(entry) : null;
    if (!crop) continue;
    const bytes = await bytesOf(await new Promise((resolve) => crop.toBlob(resolve, "image/png")));
    const folder = /^[0-9]$/.test(text) ? `digits/${text}` : "fields";
    let path = `${folder}/${crc32(bytes).toString(16).padStart(8, "0")}.png`;
    for (let copy = 2; used.has(path); copy += 1) path = path.replace(/(-\d+)?\.png$/, `-${copy}.png`);
    used.add(path);
    files.push([path, bytes]);
    if (folder === "fields") rows.push([path.slice("fields/".length), text]);
  }
  if (files.length === 0) throw new Error("no corrected field shows writing");
  if (rows.length > 0) files.push([LABELS, new TextEncoder().encode(csv([["path", "label"], ...rows]))]);
  saveFile(zip(files), "inkdigits-training.zip");
}

function csv(rows) {
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

function baseName() {
  const names = new Set(library.pages.map((page) => page.document.name));
  const [only] = names;
  return names.size === 1 ? only.replace(/\.[^.]*$/, "") || "inkdigits" : "inkdigits";
}

async function bytesOf(blob) {
  return new Uint8Array(await blob.arrayBuffer());
}
