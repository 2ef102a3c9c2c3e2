/** The template that is being made: its picture, its fields and sums, which field is chosen, and what can be undone. */

import { base64Of } from "./dom.js";

const LEAST_BOX = 4; // pixels of the picture
const MOST_STEPS = 100; // that can be undone

export class TemplateModel extends EventTarget {
  #past = [];
  #future = [];
  #lastChange = null;

  /** Tells of "change" when fields or sums differ, and of "chosen" when another field is looked at. */
  constructor({ id, name, picture, size, fields = [], sums = [] }) {
    super();
    Object.assign(this, { id, name, picture, size, fields, sums });
    this.chosen = -1;
    this.version = 0; // of fields that were put in place of others, as when something is undone
    this.fault = null; // the index of the field that the server found fault with
  }

  get field() {
    return this.fields[this.chosen] ?? null;
  }

  choose(index) {
    if (index === this.chosen) return;
    this.chosen = index;
    this.#lastChange = null;
    this.dispatchEvent(new Event("chosen"));
  }

  add(box) {
    this.#remember("add");
    this.fields.push({ name: this.#freeName(), box: this.#within(box), kind: "number" });
    this.chosen = this.fields.length - 1;
    this.#tell();
  }

  /** Change parts of a field; undefined takes a part away. A renamed field keeps its place in sums. */
  change(index, parts) {
    const field = this.fields[index];
    this.#remember(`${index} ${Object.keys(parts)}`);
    if ("name" in parts) this.#rename(field.name, parts.name);
    if ("box" in parts) parts = { ...parts, box: this.#within(parts.box) };
    if ("box" in parts && Array.isArray(field.cells)) parts.cells = movedCells(field, parts.box);
    const changed = { ...field, ...parts };
    for (const key of Object.keys(changed)) if (changed[key] === undefined) delete changed[key];
    this.fields[index] = changed;
    if (this.fault === index) this.fault = null;
    this.#tell();
  }

  remove(index) {
    this.#remember("remove");
    const [{ name }] = this.fields.splice(index, 1);
    this.sums = this.sums
      .map(({ total, parts }) => ({ total, parts: parts.filter((part) => part !== name) }))
      .filter(({ total, parts }) => total !== name && parts.length > 0);
    Object.assign(this, { chosen: -1, fault: null, version: this.version + 1 });
    this.#tell();
  }

  setSums(sums) {
    this.#remember("sums");
    this.sums = sums;
    this.#tell();
  }

  /** Add fields that were found, but those that lie over one that is there; return how many were added. */
  addFound(found) {
    const fresh = found.filter(({ box }) => !this.fields.some((field) => overlap(field.box, box)));
    if (fresh.length === 0) return 0;
    this.#remember("find");
    for (const field of fresh) {
      const isTaken = this.fields.some(({ name }) => name === field.name);
      this.fields.push(isTaken ? { ...field, name: this.#freeName() } : field);
    }
    Object.assign(this, { chosen: -1, fault: null, version: this.version + 1 });
    this.#tell();
    return fresh.length;
  }

  undo() {
    this.#travel(this.#past, this.#future);
  }

  redo() {
    this.#travel(this.#future, this.#past);
  }

  /** Return the template as `inkdigits read --template` takes it, the picture inside. */
  async toTemplate() {
    const blank = `data:${this.picture.type || "image/png"};base64,${await base64Of(this.picture)}`;
    const template = { template_version: 1, blank, size: this.size, fields: this.fields };
    return this.sums.length > 0 ? { ...template, sums: this.sums } : template;
  }

  #within([left, top, right, bottom]) {
    const [width, height] = this.size;
    const whole = [Math.min(left, right), Math.min(top, bottom), Math.max(left, right), Math.max(top, bottom)].map(Math.round);
    const wide = Math.min(Math.max(whole[2] - whole[0], LEAST_BOX), width);
    const tall = Math.min(Math.max(whole[3] - whole[1], LEAST_BOX), height);
    const x = Math.min(Math.max(whole[0], 0), width - wide);
    const y = Math.min(Math.max(whole[1], 0), height - tall);
    return [x, y, x + wide, y + tall];
  }

  #freeName() {
    const names = new Set(this.fields.map(({ name }) => name));
    let number = this.fields.length + 1;
    while (names.has(`field_${number}`)) number += 1;
    return `field_${number}`;
  }

  #rename(before, after) {
    const renamed = (name) => (name === before ? after : name);
    this.sums = this.sums.map(({ total, parts }) => ({ total: renamed(total), parts: parts.map(renamed) }));
  }

  /** Keep what was, so that it can be undone; changes of one thing in a row, as one moves a box, are one. */
  #remember(change) {
    if (change !== this.#lastChange) {
      this.#past.push(this.#state());
      if (this.#past.length > MOST_STEPS) this.#past.shift();
    }
    this.#future = [];
    this.#lastChange = change;
  }

  #state() {
    return JSON.stringify({ fields: this.fields, sums: this.sums, chosen: this.chosen });
  }

  #travel(from, to) {
    if (from.length === 0) return;
    to.push(this.#state());
    Object.assign(this, JSON.parse(from.pop()), { fault: null, version: this.version + 1 });
    this.#lastChange = null;
    this.#tell();
  }

  /** Say that a row of changes is over: the next one can be undone by itself. */
  endChange() {
    this.#lastChange = null;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

/** Return a comb's boxes, moved and scaled as its field was. */
function movedCells({ box: before, cells }, after) {
  const x = (place) => Math.round(after[0] + ((place - before[0]) * (after[2] - after[0])) / (before[2] - before[0]));
  const y = (place) => Math.round(after[1] + ((place - before[1]) * (after[3] - after[1])) / (before[3] - before[1]));
  return cells.map(([left, top, right, bottom]) => [x(left), y(top), x(right), y(bottom)]);
}
