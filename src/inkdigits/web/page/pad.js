/** The drawing paper: a canvas that takes strokes from mouse, pen, touch and keyboard. */

import { paintStrokes } from "./ink.js";

const PEN_WIDTH = 0.03; // of the paper's height
const STEP = 0.03; // of the paper's height, for an arrow key
const CLOSEST = 0.002; // points nearer than this say nothing new

export class Pad extends EventTarget {
  #canvas;
  #undone = [];
  #drawing = null; // the pointer that draws
  #pen = null; // where the keyboard's pen is, once it was used
  #penDown = false;

  /** Tells of a "stroke" event when one has ended, was undone or redone, and when all were cleared. */
  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.strokes = [];
    canvas.addEventListener("pointerdown", (event) => this.#begin(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#end(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#leave());
    new ResizeObserver(() => this.paint()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  undo() {
    if (this.strokes.length === 0) return;
    this.#liftPen();
    this.#undone.push(this.strokes.pop());
    this.#changed();
  }

  redo() {
    if (!this.canRedo) return;
    this.strokes.push(this.#undone.pop());
    this.#changed();
  }

  clear() {
    this.#undone = [];
    this.strokes = [];
    this.#liftPen();
    this.#changed();
  }

  /** End the stroke that is being drawn: it is no longer there to go on. */
  #liftPen() {
    this.#drawing = null;
    this.#penDown = false;
  }

  paint() {
    const { clientWidth, clientHeight } = this.#canvas;
    if (clientHeight === 0) return; // another view is shown
    const density = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(clientWidth * density);
    this.#canvas.height = Math.round(clientHeight * density);
    const context = this.#canvas.getContext("2d");
    const height = this.#canvas.height;
    const style = getComputedStyle(this.#canvas);
    context.strokeStyle = style.color;
    paintStrokes(context, this.strokes, height, PEN_WIDTH * height);
    if (this.#pen) this.#paintPen(context, height, style.getPropertyValue("--accent"));
  }

  #paintPen(context, height, color) {
    const [x, y] = this.#pen.map((place) => place * height);
    const arm = 0.03 * height;
    context.strokeStyle = color;
    context.lineWidth = Math.max(2, 0.006 * height);
    context.beginPath();
    for (const [along, across] of [[arm, 0], [0, arm]]) {
      context.moveTo(x - along, y - across);
      context.lineTo(x + along, y + across);
    }
    context.stroke();
    context.beginPath();
    context.arc(x, y, (this.#penDown ? 0.012 : 0.02) * height, 0, 2 * Math.PI);
    context.stroke();
  }

  #changed() {
    this.paint();
    this.dispatchEvent(new Event("stroke"));
  }

  #place(event) {
    const frame = this.#canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.height, (event.clientY - frame.top) / frame.height];
  }

  #begin(event) {
    if (this.#drawing !== null || event.button !== 0) return; // a palm beside the pen, a second finger
    this.#drawing = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#undone = [];
    this.#pen = null;
    this.strokes.push([this.#place(event)]);
    this.paint();
    this.dispatchEvent(new Event("begin"));
  }

  #move(event) {
    if (event.pointerId !== this.#drawing) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    for (const one of coalesced.length > 0 ? coalesced : [event]) this.#extend(this.#place(one));
    this.paint();
  }

  #extend(place) {
    const points = this.strokes.at(-1);
    const last = points.at(-1);
    if (Math.hypot(place[0] - last[0], place[1] - last[1]) >= CLOSEST) points.push(place);
  }

  #end(event) {
    if (event.pointerId !== this.#drawing) return;
    this.#drawing = null;
    this.#changed();
  }

  #key(event) {
    const step = event.shiftKey ? STEP / 3 : STEP;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) this.#movePen(moves[event.key]);
    else if (event.key === " ") this.#togglePen();
    else return;
    event.preventDefault();
  }

  #movePen([right, down]) {
    const widest = this.#canvas.clientWidth / this.#canvas.clientHeight;
    const [x, y] = this.#pen ?? [widest / 2, 0.5];
    this.#pen = [Math.min(Math.max(x + right, 0), widest), Math.min(Math.max(y + down, 0), 1)];
    if (this.#penDown) this.#extend(this.#pen);
    this.paint();
  }

  #togglePen() {
    if (!this.#pen) this.#movePen([0, 0]);
    this.#penDown = !this.#penDown;
    if (this.#penDown) {
      this.#undone = [];
      this.strokes.push([this.#pen]);
      this.dispatchEvent(new Event("begin"));
      this.paint();
    } else {
      this.#changed();
    }
  }

  #leave() {
    if (this.#penDown) this.#togglePen();
    this.#pen = null;
    this.paint();
  }
}
