/** The chosen field: its crop, its readings, and a line to correct it. */

import { barsOf } from "./bars.js";
import { announce, make } from "./dom.js";
import { correctEntry, cropOf, explain, withoutSpaces } from "./corrections.js";
import { library } from "./library.js";
import { statusBadge } from "./status.js";

/** Fill `card` with the library's chosen field, and keep it in step. */
export class FieldCard {
  #card;

  constructor(card) {
    this.#card = card;
    for (const name of ["page", "chosen", "correction"]) library.addEventListener(name, () => this.#show());
  }

  #show() {
    const { entry } = library;
    if (!entry) {
      const hint = "Point at a box, or go to one with the arrow keys, to see how else it may be read.";
      this.#card.replaceChildren(make("p", { class: "soft hint" }, hint));
      return;
    }
    const bars = make("div", { class: "bars", role: "list", "aria-label": "Readings and how likely each is" }, ...barsOf(entry.field));
    const isRead = bars.childElementCount > 0;
    const frame = make("div", { class: "crop-frame" });
    this.#card.replaceChildren(
      make("div", { class: "field-head" }, make("h2", {}, entry.title), statusBadge(entry.status)),
      make("div", { class: "field-main" }, frame, isRead ? bars : make("p", { class: "soft" }, noReading(entry))),
      this.#form(entry),
    );
    void this.#fillCrop(frame, entry);
  }

  async #fillCrop(frame, entry) {
    const crop = await cropOf(entry, 0.12);
    if (!crop || library.entry !== entry) return;
    crop.className = "crop";
    crop.setAttribute("role", "img");
    crop.setAttribute("aria-label", `The writing of ${entry.title}`);
    frame.replaceChildren(crop);
  }

  #form(entry) {
    const input = make("input", {
      id: "field-text",
      type: "text",
      "aria-label": `Right text of ${entry.title}`,
      placeholder: "nothing written",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "64",
    });
    input.value = entry.shown.text;
    const form = make("form", { class: "field-fix" }, input, make("button", { type: "submit" }, "Correct"));
    if (entry.correction) {
      const back = make("button", { type: "button", class: "quiet" }, "Take back");
      back.addEventListener("click", () => void library.correct(entry, null));
      form.append(back);
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#correct(entry, withoutSpaces(input.value));
    });
    return form;
  }

  async #correct(entry, text) {
    try {
      await correctEntry(entry, text);
      announce(`${entry.title} corrected`);
    } catch (error) {
      this.#card.append(make("p", { class: "problem", role: "alert" }, explain(error)));
    }
  }
}

function noReading({ field }) {
  return field.status === "empty" ? "Nothing is written here." : "Ink, but no number.";
}
