/** What a field's status is called and which mark it has: never a color alone. */

import { icon, make } from "./dom.js";

const STATUSES = {
  ok: { word: "sure", icon: "ok", mark: "" },
  review: { word: "doubtful", icon: "doubt", mark: "?" },
  empty: { word: "empty", icon: "empty", mark: "" },
  rejected: { word: "no number", icon: "rejected", mark: "#" },
  corrected: { word: "corrected", icon: "corrected", mark: "" },
};

/** The statuses in the order in which a legend tells of them. */
export const STATUS_ORDER = ["ok", "corrected", "review", "rejected", "empty"];

/** Return the word for a status. */
export function statusWord(status) {
  return STATUSES[status].word;
}

/** Return a badge: mark and word, and where a count is given that before the word. */
export function statusBadge(status, count = null) {
  const { word, icon: name } = STATUSES[status];
  return make("span", { class: `status ${status}` }, icon(name), count === null ? word : `${count} ${word}`);
}

/** Return a reading with the mark of its status, as the command line prints it: 7? is doubtful, # no number. */
export function markedText(field, status) {
  return status === "rejected" ? "#" : `${field.text}${STATUSES[status].mark}`;
}

/** Return what a field says in one sentence, for those who hear it. */
export function spokenField(field, status, place) {
  const text = field.text === "" ? "" : `${field.text}, `;
  return `${place}: ${text}${statusWord(status)}`;
}
