/** The fields of a page as tables: each ruled table as it lies on the page, the other fields as a list. */

import { make, percent, scrollWithin } from "./dom.js";
import { library } from "./library.js";
import { markedText, spokenField, statusBadge } from "./status.js";

/** Fill `card` with the tables of the library's page, and keep it in step with what is chosen. */
export class TablesView {
  #card;
  #cells = new Map(); // the element of each entry that has the focus and the mark

  constructor(card) {
    this.#card = card;
    library.addEventListener("page", () => this.#show());
    library.addEventListener("correction", () => this.#show());
    library.addEventListener("chosen", ({ detail }) => this.#mark(detail));
  }

  #show() {
    const hadFocus = this.#card.contains(document.activeElement);
    this.#cells.clear();
    this.#card.replaceChildren();
    const page = library.page;
    if (!page) return;
    const free = page.entries.filter((entry) => entry.table === null);
    const counts = new Set(page.entries.map((entry) => entry.table).filter((table) => table !== null));
    for (const number of counts) {
      const title = counts.size > 1 ? `Table ${number + 1}` : "Table";
      this.#card.append(make("h2", {}, title), this.#grid(page, number, title));
    }
    if (free.length > 0) {
      const title = page.isForm ? "Fields of the form" : counts.size > 0 ? "Beside the table" : "Fields";
      this.#card.append(make("h2", {}, title), this.#list(free, title));
    }
    if (page.entries.length === 0) this.#card.append(make("p", { class: "soft" }, "No fields were found on this page."));
    this.#mark(hadFocus ? "tables" : null);
  }

  #grid(page, number, title) {
    const entries = page.entries.filter((entry) => entry.table === number);
    const at = new Map(entries.map((entry) => [`${entry.row},${entry.column}`, entry]));
    const { cells } = page.data.tables[number];
    const rows = cells.map((line, row) =>
      make("tr", { role: "row" }, ...line.map((_, column) => this.#cell(at.get(`${row},${column}`)))),
    );
    const grid = make("table", { class: "grid", role: "grid", "aria-label": title }, make("tbody", { role: "rowgroup" }, ...rows));
    grid.addEventListener("keydown", (event) => this.#moveInGrid(event, at));
    return grid;
  }

  #cell(entry) {
    if (!entry) return make("td", { role: "gridcell", class: "empty" }); // covered by a merged cell
    const { shown, status } = entry;
    const cell = make(
      "td",
      { role: "gridcell", class: status, "aria-label": spokenField(shown, status, entry.title) },
      status === "empty" ? "" : markedText(shown, status),
    );
    return this.#follow(cell, entry);
  }

  #list(entries, title) {
    const head = ["Field", "Text", "Sure", "Status"].map((name) => make("th", { scope: "col" }, name));
    const rows = entries.map((entry) => {
      const { shown, status } = entry;
      const choice = make("button", { type: "button", class: "quiet field-name" }, entry.title);
      this.#follow(choice, entry);
      const row = make(
        "tr",
        {},
        make("td", {}, choice),
        make("td", { class: `field-text ${status}` }, markedText(shown, status)),
        make("td", { class: "soft" }, percent(shown.confidence)),
        make("td", {}, statusBadge(status)),
      );
      row.addEventListener("click", () => library.choose(entry, "tables"));
      return row;
    });
    return make("table", { class: "list", "aria-label": title }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
  }

  #follow(element, entry) {
    element.tabIndex = -1;
    for (const name of ["focus", "click"]) element.addEventListener(name, () => library.choose(entry, "tables"));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || element.tagName === "BUTTON") return;
      document.getElementById("field-text")?.focus();
      event.preventDefault();
    });
    this.#cells.set(entry, element);
    return element;
  }

  #moveInGrid(event, at) {
    const ways = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const way = ways[event.key];
    if (!way || !library.entry) return;
    let [row, column] = [library.entry.row, library.entry.column];
    for (let step = 0; step < 100; step += 1) {
      [row, column] = [row + way[0], column + way[1]];
      const entry = at.get(`${row},${column}`);
      if (entry) {
        this.#cells.get(entry).focus();
        break;
      }
    }
    event.preventDefault();
  }

  #mark(from) {
    let stops = 0;
    for (const [entry, element] of this.#cells) {
      const isChosen = entry === library.entry;
      const marked = element.tagName === "BUTTON" ? element.closest("tr") : element;
      if (element.tagName === "BUTTON") {
        element.tabIndex = 0;
        marked.classList.toggle("chosen", isChosen);
        element.setAttribute("aria-pressed", String(isChosen));
      } else {
        marked.setAttribute("aria-selected", String(isChosen));
        element.tabIndex = isChosen ? 0 : -1;
        stops += Number(isChosen);
      }
      if (isChosen && from === "picture") scrollWithin(this.#card, marked);
      if (isChosen && from === "tables" && document.activeElement === document.body) element.focus();
    }
    const first = [...this.#cells.values()].find((element) => element.tagName !== "BUTTON");
    if (stops === 0 && first) first.tabIndex = 0;
  }
}
