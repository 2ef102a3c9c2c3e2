/** The picture of a page with a box over each field; arrow keys go from box to box. */

import { make } from "./dom.js";
import { library } from "./library.js";
import { markedText, spokenField } from "./status.js";

const SMALL = 0.03; // of the page's width, for a box's height: its text would hide the writing

/** Fill `frame` with the picture of the library's page, and keep it in step with what is chosen. */
export class PictureView {
  #frame;
  #boxes = new Map();
  #address = null;

  constructor(frame) {
    this.#frame = frame;
    library.addEventListener("page", () => this.#show(library.page));
    library.addEventListener("correction", () => this.#refresh());
    library.addEventListener("chosen", ({ detail }) => this.#mark(detail));
  }

  #show(page) {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = page?.record.picture ? URL.createObjectURL(page.record.picture) : null;
    this.#boxes.clear();
    this.#frame.replaceChildren();
    if (!page) return;
    const [width, height] = page.data.size ?? [1, 1];
    this.#frame.style.setProperty("--shape", `${width} / ${height}`);
    this.#frame.style.setProperty("--ratio", String(width / height));
    if (this.#address) this.#frame.append(make("img", { src: this.#address, alt: `Picture of ${page.title}`, draggable: "false" }));
    const layer = make("div", { role: "listbox", "aria-label": `Fields on ${page.title}` });
    for (const entry of page.entries) {
      if (!entry.field.box) continue;
      const box = this.#boxOf(entry, width, height);
      this.#boxes.set(entry, box);
      layer.append(box);
    }
    if (this.#boxes.size > 0) this.#frame.append(layer);
    layer.addEventListener("keydown", (event) => this.#key(event));
    this.#refresh();
    this.#setStop([...this.#boxes.values()][0]);
  }

  #boxOf(entry, width, height) {
    const box = make("div", { role: "option", "aria-selected": "false", tabindex: "-1" });
    place(box, entry.field.box, width, height, entry.table === null ? 3 : 0);
    box.addEventListener("pointerenter", (event) => {
      const isTyping = document.activeElement?.id === "field-text"; // which choosing another would lose
      if (event.pointerType === "mouse" && !isTyping) library.choose(entry, "hover");
    });
    box.addEventListener("focus", () => library.choose(entry, "picture"));
    box.addEventListener("click", () => library.choose(entry, "picture"));
    return box;
  }

  #refresh() {
    for (const [entry, box] of this.#boxes) {
      const { shown, status } = entry;
      box.className = `box ${status}`;
      box.classList.toggle("in-table", entry.table !== null);
      box.classList.toggle("small", isSmall(entry));
      if (box === this.#chosenBox) box.setAttribute("aria-selected", "true");
      box.setAttribute("aria-label", spokenField(shown, status, entry.title));
      const text = status === "empty" ? "" : markedText(shown, status);
      box.replaceChildren(...(text ? [make("span", { class: "box-label", "aria-hidden": "true" }, text)] : []));
    }
  }

  get #chosenBox() {
    return this.#boxes.get(library.entry) ?? null;
  }

  #mark(from) {
    for (const box of this.#boxes.values()) box.setAttribute("aria-selected", String(box === this.#chosenBox));
    if (this.#chosenBox && from !== "hover") this.#setStop(this.#chosenBox);
  }

  /** Let the tab key stop at one box alone. */
  #setStop(chosen) {
    for (const box of this.#boxes.values()) box.tabIndex = box === chosen ? 0 : -1;
  }

  #key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const entry = [...this.#boxes].find(([, box]) => box === document.activeElement)?.[0];
    if (!entry) return;
    if (event.key in ways) {
      nearest(entry, [...this.#boxes.keys()], ways[event.key], (other) => this.#boxes.get(other).focus());
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      document.getElementById("field-text")?.focus();
      event.preventDefault();
    }
  }
}

function isSmall({ field: { box }, page }) {
  return box[3] - box[1] < SMALL * page.data.size[0];
}

/** Lay an element over a box, in parts of the picture, so that it stays there at any size. */
export function place(element, [left, top, right, bottom], width, height, around = 0) {
  const across = (pixels) => `${(100 * pixels) / width}%`;
  const down = (pixels) => `${(100 * pixels) / height}%`;
  element.style.left = across(left - around);
  element.style.top = down(top - around);
  element.style.width = across(right - left + 2 * around);
  element.style.height = down(bottom - top + 2 * around);
}

/** Call `go` with the entry that lies next in a direction; what is off to the side counts as further away. */
function nearest(from, entries, [right, down], go) {
  const middle = ({ field: { box } }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  const [x, y] = middle(from);
  let [best, least] = [null, Infinity];
  for (const entry of entries) {
    const [aside, below] = [middle(entry)[0] - x, middle(entry)[1] - y];
    const ahead = aside * right + below * down;
    const distance = ahead + 3 * Math.abs(right ? below : aside);
    if (ahead > 1 && distance < least) [best, least] = [entry, distance];
  }
  if (best) go(best);
}
