/** What a person types for a field: what it means, keeping it, and the crops that it makes training pictures of. */

import { base64Of } from "./dom.js";
import { library } from "./library.js";
import { Problem, sendCorrection } from "./server.js";

const CROP_MARGIN = 0.06; // of a field's longer side, for pictures to learn from
const MARKS = ".,-/%:=";
const SYMBOLS = `0123456789${MARKS}`;
let serverKeeps = false;

/** Say whether the server keeps corrections, too. */
export function setServerKeeps(keeps) {
  serverKeeps = keeps;
}

/** Return why no field can hold a text, as a sentence; null where one can. */
export function faultOf(text) {
  const strange = [...(text ?? "")].find((symbol) => !SYMBOLS.includes(symbol));
  return strange ? `“${strange}” is in no number; expected digits and ${[...MARKS].join(" ")}` : null;
}

/**
 * Keep the text that a person says a field holds, and what it means: "" for nothing written, null for ink that is no
 * number. Resolves to whether it outlasts the page; throws an Error for a text that no field can hold, and a Problem
 * where it is kept here, but not on the server.
 */
export async function correctEntry(entry, text, value = valueOf(entry.field, text)) {
  const fault = faultOf(text);
  if (fault) throw new Error(fault);
  const correction =
    text === null
      ? { text: "", value: null, status: "rejected" }
      : { text, value, status: text === "" ? "empty" : "ok" };
  const isKept = await library.correct(entry, correction);
  if (serverKeeps && text) await sendToServer(entry, text);
  return isKept;
}

/** Return why a correction was not kept as it should be, as a sentence. */
export function explain(error) {
  return error instanceof Problem ? `Kept here, but not on the server: ${error.message}` : `Not kept: ${error.message}`;
}

/** Return what a text is written without: spaces, which no reading has. */
export function withoutSpaces(text) {
  return text.replace(/\s+/g, "");
}

/**
 * Return the value of a text where it is plain: that of the readings with this text, or that of digits alone. For
 * anything else it stays open, as where readings say that it can mean two things; the text says what is there.
 */
export function valueOf(field, text) {
  const readings = [field, ...field.alternatives].filter((reading) => reading.text === text && reading.value !== null);
  const values = new Map(readings.map(({ value }) => [JSON.stringify(value), value]));
  if (values.size > 0) return values.size === 1 ? [...values.values()][0] : null;
  if (/^-?[0-9]{1,30}$/.test(text) && field.kind !== "date") return { type: "int", value: String(BigInt(text)) };
  return null;
}

async function sendToServer(entry, text) {
  const picture = entry.page.document.fromFolder ? entry.page.record.picture : await pictureOf(entry);
  if (!picture) return;
  await sendCorrection({ image: await base64Of(picture), kind: entry.field.kind, text, read: entry.field });
}

async function pictureOf(entry) {
  const crop = await cropOf(entry, CROP_MARGIN);
  return crop && new Promise((resolve) => crop.toBlob(resolve, "image/png"));
}

/**
 * Return a canvas with a field's part of its page's picture, and a margin around it, upright where the page lies on a
 * side; null where it has no place.
 */
export async function cropOf(entry, margin = CROP_MARGIN) {
  const { picture } = entry.page.record;
  const { box } = entry.field;
  const { size } = entry.page.data;
  if (!picture || !box || !size) return null;
  const whole = await bitmapOf(picture);
  const [across, down] = [whole.width / size[0], whole.height / size[1]];
  const around = margin * Math.max(box[2] - box[0], box[3] - box[1]);
  const left = Math.max(0, Math.floor((box[0] - around) * across));
  const top = Math.max(0, Math.floor((box[1] - around) * down));
  const right = Math.min(whole.width, Math.ceil((box[2] + around) * across));
  const bottom = Math.min(whole.height, Math.ceil((box[3] + around) * down));
  const [wide, tall] = [Math.max(1, right - left), Math.max(1, bottom - top)];
  const quarters = quarterTurns(entry.page.data.steps);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = quarters % 2 ? [tall, wide] : [wide, tall];
  const context = canvas.getContext("2d");
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((-quarters * Math.PI) / 2);
  context.drawImage(whole, left, top, wide, tall, -wide / 2, -tall / 2, wide, tall);
  return canvas;
}

/** Return how often a page is to be turned by 90 degrees, against the clock, to lie upright. */
function quarterTurns(steps) {
  const turn = steps.map((step) => /^turn (\d+)$/.exec(step)).find(Boolean);
  return turn ? Number(turn[1]) / 90 : 0;
}

const bitmaps = { picture: null, bitmap: null };

/** Decode a page's picture once for all fields that are looked at in a row. */
function bitmapOf(picture) {
  if (bitmaps.picture !== picture) {
    void bitmaps.bitmap?.then((bitmap) => bitmap.close());
    bitmaps.picture = picture;
    bitmaps.bitmap = createImageBitmap(picture);
  }
  return bitmaps.bitmap;
}
