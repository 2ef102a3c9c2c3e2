/**
 * What was read: documents of pages of fields, and what a person said of them. All views look here, and hear of
 * changes: "pages" when pages come or go, "page" when another is shown, "correction" when a field was corrected, "chosen"
 * when another field is looked at.
 */

import { allOf, forget, keep, newId, note, noted } from "./store.js";

/** One field of a page: where it is, what was read (`field`), and what it is now (`shown`, `status`). */
class Entry {
  constructor(page, key, field, place) {
    Object.assign(this, { page, key, field, ...place });
  }

  get id() {
    return `${this.page.id}/${this.key}`;
  }

  get correction() {
    return this.page.corrections[this.key] ?? null;
  }

  get shown() {
    return this.correction ? corrected(this.field, this.correction) : this.field;
  }

  get status() {
    return this.correction ? "corrected" : this.field.status;
  }

  /** What the field is called: its name, or its place in a table or among the free fields. */
  get title() {
    if (this.field.name) return this.field.name;
    if (this.row === null) return `Field ${this.number}`;
    const table = this.tables > 1 ? `Table ${this.table + 1}, row` : "Row";
    return `${table} ${this.row + 1}, column ${this.column + 1}`;
  }
}

class Library extends EventTarget {
  #documents = [];

  /** All pages, in the order in which they came. */
  pages = [];
  page = null;
  entry = null;

  async load() {
    this.#documents = await allOf("documents");
    this.#catchUp();
    this.#collect();
    this.choosePage(this.pages[0] ?? null);
    this.#tell("pages");
  }

  /** Add the answer to a document that was read: pages and pictures of them. */
  async add(name, pages, pictures, template) {
    const document = {
      id: newId(),
      name,
      template,
      pages: pages.map((page, index) => ({ page, picture: pictures[index] ?? null, corrections: {} })),
    };
    return this.addDocuments([document]);
  }

  /** Add documents as they are kept, at one stroke; tell whether all outlast the page. */
  async addDocuments(documents) {
    if (documents.length === 0) return true;
    const added = Date.now();
    this.#documents.push(...documents.map((document) => Object.assign(document, { added })));
    const isFirst = this.pages.length === 0;
    this.#collect();
    if (isFirst) this.choosePage(this.pages[0] ?? null);
    this.#tell("pages");
    const kept = await Promise.all(documents.map((document) => keep("documents", document)));
    return kept.every(Boolean);
  }

  has(id) {
    return this.#documents.some((document) => document.id === id);
  }

  async removePage(page) {
    const { document, index } = page;
    document.pages.splice(index, 1);
    const isGone = document.pages.length === 0;
    if (isGone) this.#documents.splice(this.#documents.indexOf(document), 1);
    const place = this.pages.indexOf(page);
    this.#collect();
    if (page === this.page) this.choosePage(this.pages[Math.min(place, this.pages.length - 1)] ?? null);
    this.#tell("pages");
    await (isGone ? forget("documents", document.id) : keep("documents", document));
  }

  choosePage(page) {
    this.page = page;
    this.entry = null;
    this.#tell("page");
  }

  choose(entry, from = null) {
    this.entry = entry;
    this.dispatchEvent(new CustomEvent("chosen", { detail: from }));
  }

  /** Keep what a person says that a field holds; null takes it back. */
  async correct(entry, correction) {
    const { document, index } = entry.page;
    const { corrections } = document.pages[index];
    if (correction) corrections[entry.key] = { ...correction, at: Date.now() };
    else delete corrections[entry.key];
    const key = entry.key;
    const forgetNote = note(`${document.id}/${index}/${key}`, {
      document: document.id,
      index,
      key,
      correction: corrections[key] ?? null,
    });
    this.#tell("correction");
    const isKept = await keep("documents", document);
    if (isKept) forgetNote();
    return isKept;
  }

  /** Take up corrections that were noted and not kept, since the page was left at once. */
  #catchUp() {
    for (const [name, value] of noted()) {
      const document = this.#documents.find((one) => one.id === value?.document);
      const corrections = document?.pages[value.index]?.corrections;
      const forgetNote = note(name, value);
      if (!corrections) {
        forgetNote();
        continue;
      }
      if (value.correction) corrections[value.key] = value.correction;
      else delete corrections[value.key];
      keep("documents", document).then((isKept) => isKept && forgetNote());
    }
  }

  /** The pages as the API has them, with corrections in place of readings. */
  correctedPages(pages = this.pages) {
    return pages.map((page) => correctedPage(page));
  }

  get entries() {
    return this.pages.flatMap((page) => page.entries);
  }

  #collect() {
    const known = new Map(this.pages.map((page) => [page.record, page]));
    this.pages = this.#documents.flatMap((document) =>
      document.pages.map((record, index) => {
        const page = known.get(record) ?? describePage(document, record);
        return Object.assign(page, { index });
      }),
    );
  }

  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

/** The one library of the page. */
export const library = new Library();

function describePage(document, record) {
  const page = { document, record, id: newId(), corrections: record.corrections, data: record.page };
  page.isForm = Boolean(document.template);
  page.title = document.pages.length > 1 || record.page.number > 1 ? `${document.name}, page ${record.page.number}` : document.name;
  page.entries = entriesOf(page);
  return page;
}

function entriesOf(page) {
  const { fields, tables } = page.data;
  const entries = fields.map(
    (field, index) => new Entry(page, `f${index}`, field, { number: index + 1, table: null, row: null, column: null }),
  );
  tables.forEach((table, number) => {
    const drawn = new Set();
    table.cells.forEach((cells, row) =>
      cells.forEach((field, column) => {
        const box = field.box?.join() ?? null;
        if (box !== null && drawn.has(box)) return; // covered by a merged cell
        drawn.add(box);
        const place = { number: null, table: number, row, column, tables: tables.length };
        entries.push(new Entry(page, `t${number}r${row}c${column}`, field, place));
      }),
    );
  });
  return entries;
}

function correctedPage(page) {
  const now = new Map(page.entries.map((entry) => [entry.key, entry.shown]));
  const isCorrected = Object.keys(page.corrections).length > 0;
  return {
    ...page.data,
    fields: page.data.fields.map((field, index) => now.get(`f${index}`) ?? field),
    tables: page.data.tables.map((table, number) => ({
      ...table,
      cells: table.cells.map((cells, row) => cells.map((field, column) => now.get(`t${number}r${row}c${column}`) ?? field)),
    })),
    steps: isCorrected ? [...page.data.steps, "corrected by hand"] : page.data.steps,
  };
}

/** Return a field as a person says that it is; what was read stands first among the alternatives. */
function corrected(field, { text, value, status }) {
  const others = [{ text: field.text, value: field.value, confidence: field.confidence }, ...field.alternatives];
  return {
    ...field,
    text,
    value,
    status,
    confidence: 1,
    alternatives: others.filter((other) => other.text !== "" && other.text !== text),
    symbols: text === field.text ? field.symbols : [],
  };
}
