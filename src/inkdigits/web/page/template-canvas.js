/** The picture of a blank form, with a box over each field: drawn, moved and sized by pointer and by keys. */

import { make } from "./dom.js";
import { place } from "./picture.js";

const LEAST_DRAG = 6; // pixels of the screen: less is a click
const MOST_CELLS = 64; // of a field, as in the template's schema: a slip of the finger is not to fill the page with lines
const STEPS = 400; // arrow keys move a box by this part of the picture's width
const CORNERS = { nw: [0, 1], ne: [2, 1], sw: [0, 3], se: [2, 3] }; // which edges a handle moves

export class TemplateCanvas {
  #frame;
  #model;
  #layer = make("div", { role: "group", "aria-label": "Boxes on the form" });
  #address;
  #drag = null;

  /** Show a model in a frame of the page until `close`. */
  constructor(frame, model) {
    this.#frame = frame;
    this.#model = model;
    this.#address = URL.createObjectURL(model.picture);
    const [width, height] = model.size;
    frame.style.setProperty("--shape", `${width} / ${height}`);
    frame.style.setProperty("--ratio", String(width / height));
    frame.replaceChildren(make("img", { src: this.#address, alt: "The blank form", draggable: "false" }), this.#layer);
    frame.onpointerdown = (event) => this.#begin(event);
    frame.onpointermove = (event) => this.#move(event);
    frame.onpointerup = (event) => this.#end(event);
    frame.onpointercancel = (event) => this.#end(event);
    model.addEventListener("change", () => this.#draw());
    model.addEventListener("chosen", () => this.#draw());
    this.#draw();
  }

  close() {
    URL.revokeObjectURL(this.#address);
  }

  /** Put the focus on the chosen field's box. */
  focusChosen() {
    this.#layer.querySelector('[aria-pressed="true"]')?.focus();
  }

  #draw() {
    const { fields, chosen, fault, size } = this.#model;
    const focused = [...this.#layer.children].indexOf(document.activeElement);
    const boxes = fields.map((field, index) => this.#boxOf(field, index, chosen, fault, size));
    this.#layer.replaceChildren(...boxes);
    if (focused >= 0) (boxes[chosen] ?? boxes[Math.min(focused, boxes.length - 1)])?.focus();
  }

  #boxOf(field, index, chosen, fault, [width, height]) {
    const isChosen = index === chosen;
    const box = make(
      "button",
      {
        type: "button",
        class: index === fault ? "place faulty" : "place",
        "aria-pressed": String(isChosen),
        "aria-label": `${field.name}, ${field.kind}`,
        "aria-describedby": "template-help",
        tabindex: isChosen || (chosen < 0 && index === 0) ? "0" : "-1",
      },
      make("span", { class: "place-name", "aria-hidden": "true" }, field.name),
    );
    box.dataset.index = String(index);
    place(box, field.box, width, height);
    for (const share of cellShares(field)) {
      const line = make("span", { class: "place-cell" });
      line.style.left = `${100 * share}%`;
      box.append(line);
    }
    if (isChosen) for (const corner of Object.keys(CORNERS)) box.append(make("span", { class: `handle ${corner}` }));
    box.addEventListener("keydown", (event) => this.#key(event, index));
    box.addEventListener("focus", () => this.#model.choose(index));
    return box;
  }

  #pixel(event) {
    const frame = this.#frame.getBoundingClientRect();
    const [width, height] = this.#model.size;
    return [((event.clientX - frame.left) / frame.width) * width, ((event.clientY - frame.top) / frame.height) * height];
  }

  #begin(event) {
    if (this.#drag || event.button !== 0) return;
    const start = this.#pixel(event);
    const target = event.altKey ? null : event.target.closest(".place"); // with Alt, boxes are drawn over others
    const corner = Object.keys(CORNERS).find((name) => event.target.classList.contains(name));
    event.preventDefault();
    this.#frame.setPointerCapture(event.pointerId);
    this.#drag = { pointer: event.pointerId, start, screen: [event.clientX, event.clientY], corner, isNew: !target };
    if (target) {
      const index = Number(target.dataset.index);
      this.#model.choose(index);
      this.#drag.box = [...this.#model.fields[index].box];
      this.focusChosen();
    }
  }

  #move(event) {
    const drag = this.#drag;
    if (!drag || drag.pointer !== event.pointerId) return;
    const [x, y] = this.#pixel(event);
    const far = Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]);
    if (!drag.isMoving && far < LEAST_DRAG) return;
    const model = this.#model;
    if (drag.isNew && !drag.isMoving) model.add([...drag.start, x, y]);
    drag.isMoving = true;
    if (drag.isNew) {
      model.change(model.chosen, { box: [...drag.start, x, y] });
    } else if (drag.corner) {
      const box = [...drag.box];
      [box[CORNERS[drag.corner][0]], box[CORNERS[drag.corner][1]]] = [x, y];
      model.change(model.chosen, { box });
    } else {
      const [right, down] = [x - drag.start[0], y - drag.start[1]];
      model.change(model.chosen, { box: drag.box.map((edge, side) => edge + (side % 2 ? down : right)) });
    }
  }

  #end(event) {
    if (this.#drag?.pointer !== event.pointerId) return;
    const { isNew, isMoving } = this.#drag;
    this.#drag = null;
    this.#model.endChange();
    if (isNew && !isMoving) this.#model.choose(-1);
    if (isNew && isMoving) document.getElementById("place-name")?.select();
  }

  #key(event, index) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way) {
      const step = Math.max(1, Math.round(this.#model.size[0] / STEPS));
      const [right, down] = way.map((part) => part * step);
      const [left, top, far, bottom] = this.#model.fields[index].box;
      const start = event.shiftKey ? [left, top] : [left + right, top + down];
      this.#model.change(index, { box: [...start, Math.max(far + right, start[0]), Math.max(bottom + down, start[1])] });
    } else if (event.key === "Delete" || event.key === "Backspace") this.#model.remove(index);
    else if (event.key === "Enter") document.getElementById("place-name")?.select();
    else return;
    event.preventDefault();
  }
}

/** Where the boxes for single digits part, as shares of a field's width. */
function cellShares({ box, cells }) {
  if (!cells) return [];
  if (!Array.isArray(cells)) return Array.from({ length: Math.min(cells, MOST_CELLS) - 1 }, (_, index) => (index + 1) / cells);
  return cells.slice(1).map(([left]) => (left - box[0]) / (box[2] - box[0]));
}
