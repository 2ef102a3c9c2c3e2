/** Readings of one field as bars: what was read and its rivals, each as long as it is likely. */

import { make, percent } from "./dom.js";

const MOST = 5;

/** Return the elements of the bars for a field, likeliest first; none for a field without a text. */
export function barsOf(field) {
  const seen = new Set();
  const readings = [{ text: field.text, confidence: field.confidence }, ...field.alternatives].filter(
    ({ text }) => text !== "" && !seen.has(text) && seen.add(text),
  );
  return readings.slice(0, MOST).map(({ text, confidence }, index) => {
    const fill = make("span", { class: "bar-fill" });
    fill.style.setProperty("--share", `${(confidence * 100).toFixed(2)}%`);
    return make(
      "div",
      { class: index === 0 ? "bar first" : "bar", role: "listitem" },
      make("span", { class: "bar-text" }, text),
      make("span", { class: "bar-line", "aria-hidden": "true" }, fill),
      make("span", { class: "bar-share" }, percent(confidence)),
    );
  });
}
