/** What a template's fields are called and hold: a form for the chosen one, the list of all, and the sums. */

import { icon, make, scrollWithin } from "./dom.js";

const KINDS = [["auto", "Any"], ["digit", "One digit"], ["number", "Number"], ["percent", "Percentage"], ["date", "Date"]];
const WITH_CELLS = ["auto", "number", "date"];
const DAY_ORDERS = [["", "not known"], ["true", "the 3rd of April"], ["false", "March the 4th"]];
const MARKS = [["", "not known"], [".", "point, 1.5"], [",", "comma, 1,5"]];

/** Show the form of the model's chosen field in a card. */
export function showFieldForm(card, model) {
  const { field, chosen } = model;
  if (!field) {
    card.replaceChildren(make("h2", {}, "Field"), make("p", { class: "soft" }, "Draw a box, or choose one, to name it."));
    return;
  }
  const change = (parts) => model.change(chosen, parts);
  const remove = make("button", { type: "button", class: "quiet" }, icon("remove"), "Remove");
  remove.addEventListener("click", () => model.remove(chosen));
  const name = textLine("Name", field.name, (text) => text && change({ name: text }), { id: "place-name", maxlength: "80", required: true });
  const kind = choice("Kind", KINDS, field.kind, (value) => change({ kind: value, ...(WITH_CELLS.includes(value) ? {} : { cells: undefined }) }), { id: "place-kind" });
  const count = Array.isArray(field.cells) ? field.cells.length : (field.cells ?? "");
  const lines = [
    name,
    kind,
    WITH_CELLS.includes(field.kind)
      ? textLine("Boxes for digits", count, (text) => change({ cells: wholeNumber(text) }), { inputmode: "numeric", placeholder: "none" })
      : null,
    field.kind === "date" || field.kind === "auto"
      ? choice("03/04/22 is", DAY_ORDERS, String(field.day_first ?? ""), (value) => change({ day_first: value === "" ? undefined : value === "true" }))
      : null,
    field.kind === "number" || field.kind === "auto"
      ? choice("Decimal mark", MARKS, field.decimal_mark ?? "", (value) => change({ decimal_mark: value || undefined }))
      : null,
    textLine("Least", field.minimum ?? "", (text) => change({ minimum: bound(text) }), { placeholder: field.kind === "date" ? "2022-12-16" : "none" }),
    textLine("Most", field.maximum ?? "", (text) => change({ maximum: bound(text) }), { placeholder: field.kind === "date" ? "2022-12-16" : "none" }),
    textLine("Pattern", field.pattern ?? "", (text) => change({ pattern: text || undefined }), { placeholder: "such as [0-9]{7}" }),
    roster(field, change),
  ];
  card.replaceChildren(
    make("div", { class: "form-head" }, make("h2", {}, "Field"), remove),
    make("div", { class: "template-form" }, ...lines),
  );
}

/** Show the list of all fields in a card; `add` makes a new one. */
export function showFieldList(card, model, add, rename) {
  const button = make("button", { type: "button" }, icon("add"), "Add a box");
  button.addEventListener("click", add);
  const form = textLine("Name of the form", model.name, (text) => text && rename(text), { maxlength: "80" });
  const items = model.fields.map(({ name, kind }, index) => {
    const open = make("button", { type: "button", "aria-pressed": String(index === model.chosen) }, name, make("span", { class: "soft" }, KINDS.find(([value]) => value === kind)?.[1] ?? kind));
    open.addEventListener("click", () => model.choose(index));
    return make("li", {}, open);
  });
  const title = model.fields.length === 1 ? "1 field" : `${model.fields.length} fields`;
  card.replaceChildren(form, make("div", { class: "form-head" }, make("h2", {}, title), button), make("ul", { class: "place-list" }, ...items));
  const chosen = card.querySelector('[aria-pressed="true"]');
  if (chosen) scrollWithin(card.querySelector(".place-list"), chosen);
}

/** Show which fields add up in a card. */
export function showSums(card, model) {
  const names = model.fields.filter(({ kind }) => kind !== "date").map(({ name }) => name);
  const lines = model.sums.map(({ total, parts }, index) => {
    const remove = make("button", { type: "button", class: "quiet", "aria-label": `Remove the sum of ${total}` }, icon("remove"));
    remove.addEventListener("click", () => model.setSums(model.sums.filter((_, other) => other !== index)));
    return make("p", { class: "sum-line" }, `${total} = ${parts.join(" + ")}`, remove);
  });
  card.replaceChildren(make("h2", {}, "Sums"), ...lines, names.length < 2 ? make("p", { class: "soft" }, "Where one field is the sum of others, both are checked.") : newSum(names, model));
}

function newSum(names, model) {
  const total = choice("Total", [["", "choose a field"], ...names.map((name) => [name, name])], "", () => {});
  const boxes = names.map((name) => make("label", { class: "check" }, make("input", { type: "checkbox", value: name }), name));
  const add = make("button", { type: "button" }, icon("add"), "Add this sum");
  const parts = make("fieldset", { class: "sum-parts" }, make("legend", { class: "soft" }, "is the sum of"), ...boxes);
  add.addEventListener("click", () => {
    const chosen = [...parts.querySelectorAll("input:checked")].map(({ value }) => value);
    const name = total.querySelector("select").value;
    if (name && chosen.some((part) => part !== name)) model.setSums([...model.sums, { total: name, parts: chosen.filter((part) => part !== name) }]);
  });
  return make("details", {}, make("summary", { class: "soft" }, "Add a sum"), total, parts, add);
}

function textLine(title, value, change, properties = {}) {
  const input = make("input", { type: "text", autocomplete: "off", spellcheck: "false", ...properties });
  input.value = String(value);
  input.addEventListener("change", () => change(input.value.trim()));
  return make("label", {}, title, input);
}

function choice(title, options, value, change, properties = {}) {
  const select = make("select", properties, ...options.map(([key, text]) => make("option", { value: key, selected: key === value }, text)));
  select.addEventListener("change", () => change(select.value));
  return make("label", {}, title, select);
}

function roster(field, change) {
  const lines = make("textarea", { placeholder: "one a line", spellcheck: "false" });
  lines.value = (field.choices ?? []).join("\n");
  lines.addEventListener("change", () => {
    const texts = lines.value.split("\n").map((text) => text.trim()).filter(Boolean);
    change({ choices: texts.length > 0 ? texts : undefined });
  });
  return make("label", { class: "wide" }, "Only these texts", lines);
}

function wholeNumber(text) {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Return a bound as templates have it: a number, or a day as text; undefined for none. */
function bound(text) {
  if (text === "") return undefined;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
