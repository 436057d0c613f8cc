"use strict";
const WORDS = {
  ko: {
    reviewer: "확인한 사람", copy: "복사", save: "파일로 저장", other: "English",
    key_choose: "고르기", key_several: "여러 개", key_space_name: "스페이스", key_blank: "빈칸", key_confirm: "확인",
    key_move: "이동", key_undo: "되돌리기", key_save: "저장", quick: "고르면 바로 다음으로",
    count: (done, all) => `${done} / ${all} 확인`, pending: (n) => ` · 골랐지만 확인 안 함 ${n}`,
    question: (n) => `${n}번`, identifier: "수험번호", blank: "빈칸", nobody: "번호 없음",
    status: { ambiguous: "애매함", low_confidence: "불확실", error: "읽지 못함", blank: "표시 없음", ok: "읽음", not_on_roster: "명단에 없음", roster: "명단에서 찾음" },
    read: (text) => `판독: ${text}`, unread: "판독 없음", said: (text) => `확인: ${text}`, waits: (text) => `${text} – Enter로 확인`,
    others: (list) => `같은 번호의 답안지: ${list}`, aside: (text) => `전에 '${text}'(으)로 확인했지만 판독이 바뀌었습니다`,
    need_name: "먼저 확인한 사람의 이름을 적어 주세요.", need_choice: "읽지 못한 문항입니다. 답을 고르거나 빈칸(0)을 누르세요.",
    need_digits: "모르는 자리를 채우세요. 알 수 없으면 Delete로 모두 지우고 Enter를 누르세요.", need_some: "아직 확인한 문항이 없습니다.",
    saved: (name) => `${name} 파일을 저장했습니다. academy review apply 로 반영하세요.`, copied: "클립보드에 복사했습니다.", not_copied: "복사할 수 없습니다. 파일로 저장하세요.",
    nothing: "확인할 문항이 없습니다.", all_done: "모두 확인했습니다. 파일로 저장하세요.",
  },
  en: {
    reviewer: "Reviewer", copy: "Copy", save: "Save file", other: "한국어",
    key_choose: "choose", key_several: "several", key_space_name: "Space", key_blank: "blank", key_confirm: "confirm",
    key_move: "move", key_undo: "undo", key_save: "save", quick: "choosing confirms",
    count: (done, all) => `${done} of ${all} confirmed`, pending: (n) => ` · ${n} chosen, not confirmed`,
    question: (n) => `Question ${n}`, identifier: "Number", blank: "blank", nobody: "no number",
    status: { ambiguous: "ambiguous", low_confidence: "uncertain", error: "not read", blank: "no marks", ok: "read", not_on_roster: "not on the roster", roster: "from the roster" },
    read: (text) => `Read: ${text}`, unread: "Nothing read", said: (text) => `Confirmed: ${text}`, waits: (text) => `${text} – Enter confirms`,
    others: (list) => `Same number on: ${list}`, aside: (text) => `Confirmed as ${text} before, but read differently since`,
    need_name: "Please enter the reviewer's name first.", need_choice: "Nothing was read here. Choose an answer, or 0 for blank.",
    need_digits: "Fill in the unknown digits; if nobody can tell, press Delete and Enter.", need_some: "Nothing is confirmed yet.",
    saved: (name) => `Saved ${name}. Apply it with academy review apply.`, copied: "Copied to the clipboard.", not_copied: "Cannot copy; save the file instead.",
    nothing: "There is nothing to review.", all_done: "All confirmed. Save the file.",
  },
};
const UNKNOWN = "?";
const NO_DIGIT = " "; // at an end of a number that is shorter than its grid
const MOVES = { ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1, PageDown: 5, PageUp: -5, Home: -1e6, End: 1e6 };
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const store = {
  get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a file opened without storage keeps nothing */ } },
};

// Of a row, `chosen` is what is shown and `said` what was confirmed: lists of labels, or of digits; null for nothing yet.
const rows = data.sheets.flatMap((sheet) => sheet.rows.map((row) => ({ ...row, sheet, chosen: null, said: null, at: null, cell: 0 })));
const past = [];
let current = 0;
let unsaved = false;
let language = store.get("academy-review-language") || (navigator.language.startsWith("ko") ? "ko" : "en");
const words = () => WORDS[language];
const isNumber = (row) => row.row === "identifier";

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const numberOf = (digits) => digits.join("").trim();

function written(row, answer) {
  if (isNumber(row)) return numberOf(answer) || words().nobody;
  return answer.length ? answer.join(" / ") : words().blank;
}

function build() {
  if (!rows.length) byId("sheets").append(make("p", { className: "empty" }));
  let place = 0;
  for (const sheet of data.sheets) {
    const list = make("ol");
    for (const _ of sheet.rows) list.append(buildRow(rows[place], place++));
    const title = sheet.url ? make("a", { href: sheet.url, textContent: sheet.name, target: "_blank", rel: "noreferrer" }) : sheet.name;
    const complaints = make("span", { className: "soft", textContent: sheet.complaints.join(" · ") });
    byId("sheets").append(make("section", {}, make("h2", {}, title, complaints), list));
  }
}

function buildRow(row, place) {
  const [width, height] = row.size_px;
  const scale = Math.min(430 / width, (isNumber(row) ? 340 : 220) / height, 1.3);
  row.crop = make("div", { className: isNumber(row) ? "crop number" : "crop" }, make("img", { src: row.picture, alt: "" }), picture());
  row.crop.style.width = `${Math.round(width * scale)}px`;
  row.what = make("div", { className: "what" }, make("b"), make("span"));
  row.controls = make("div", {}, isNumber(row) ? buildDigits(row) : buildChoices(row), make("p", { className: "note" }));
  row.state = make("div", { className: "state" });
  row.element = make("li", { tabIndex: -1 }, row.what, row.crop, row.controls, row.state);
  row.element.addEventListener("click", () => go(place, false));
  row.element.addEventListener("focus", () => { if (current !== place) go(place, false); });
  return row.element;
}

function buildChoices(row) {
  const buttons = [...row.choices, null].map((label) => {
    const button = make("button", { type: "button", tabIndex: -1, className: label === null ? "blank" : "" });
    button.addEventListener("click", (event) => choose(row, label, event.shiftKey));
    return button;
  });
  return make("div", { className: "choices" }, ...buttons);
}

function buildDigits(row) {
  const cells = row.guess.map((_, place) => {
    const cell = make("span");
    cell.addEventListener("click", () => { row.cell = place; show(); });
    return cell;
  });
  return make("div", { className: "digits" }, ...cells);
}

function picture() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function shape(tag, shares, kind) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, share] of Object.entries(shares)) element.setAttribute(name, `${share * 100}%`);
  element.setAttribute("class", kind);
  return element;
}

function ring([, x, y, rx, ry], kind) {
  return shape("ellipse", { cx: x, cy: y, rx: rx * 1.25, ry: ry * 1.25 }, kind);
}

// A band over the column of the digit that is typed next.
function band(row) {
  const [, x, , rx] = row.places[row.cell * (row.places.length / row.guess.length)];
  return shape("rect", { x: x - 1.3 * rx, y: 0, width: 2.6 * rx, height: 1 }, "band");
}

// The places of a number's bubbles come column by column, ten a digit.
function marked(row, answer) {
  if (!isNumber(row)) return row.places.filter(([label]) => answer.includes(label));
  const perDigit = row.places.length / row.guess.length;
  return row.places.filter(([label], place) => answer[Math.floor(place / perDigit)] === label);
}

function showRow(row, place) {
  const w = words();
  const answer = row.said ?? row.chosen;
  row.element.className = [place === current ? "current" : "", row.said ? "done" : row.chosen ? "waiting" : ""].join(" ").trim();
  row.element.tabIndex = place === current ? 0 : -1;
  row.element.setAttribute("aria-current", place === current ? "true" : "false");
  const name = isNumber(row) ? w.identifier : w.question(row.row);
  row.what.firstChild.textContent = name;
  row.what.lastChild.textContent = w.status[row.status] ?? row.status;
  row.crop.firstChild.alt = `${row.sheet.name}, ${name}`;
  const rings = marked(row, answer ?? row.guess ?? []).map((one) => ring(one, row.said ? "said" : "guess"));
  row.crop.lastChild.replaceChildren(...(isNumber(row) && place === current ? [band(row)] : []), ...rings);
  if (isNumber(row)) showDigits(row, answer ?? row.guess);
  else showChoices(row, answer);
  const notes = [row.others.length ? w.others(row.others.join(", ")) : "", row.set_aside ? w.aside(written(row, row.set_aside)) : ""];
  row.controls.lastChild.textContent = notes.filter(Boolean).join(" · ");
  const read = row.guess === null ? w.unread : w.read(written(row, row.guess));
  const said = row.said ? w.said(written(row, row.said)) : row.chosen ? w.waits(written(row, row.chosen)) : "";
  row.state.replaceChildren(make("div", { textContent: read }), make("b", { textContent: said }));
}

function showChoices(row, answer) {
  const buttons = [...row.controls.firstChild.children];
  buttons.forEach((button, place) => {
    const label = row.choices[place];
    button.textContent = label ?? words().blank;
    button.setAttribute("aria-pressed", String(answer !== null && (label === undefined ? !answer.length : answer.includes(label))));
  });
}

function showDigits(row, answer) {
  const shown = answer.length ? answer : row.guess.map(() => UNKNOWN);
  [...row.controls.firstChild.children].forEach((cell, place) => {
    cell.textContent = answer.length && shown[place] !== NO_DIGIT ? shown[place] : "–";
    cell.className = [shown[place] === UNKNOWN && !row.said ? "unknown" : "", place === row.cell ? "here" : ""].join(" ").trim();
  });
}

function show() {
  rows.forEach(showRow);
  const w = words();
  const done = rows.filter((row) => row.said).length;
  const pending = rows.filter((row) => row.chosen && !row.said).length;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = w[element.dataset.text];
  for (const element of document.querySelectorAll(".empty")) element.textContent = w.nothing;
  byId("language").textContent = w.other;
  byId("count").textContent = w.count(done, rows.length) + (pending ? w.pending(pending) : "");
  byId("progress").max = rows.length || 1;
  byId("progress").value = done;
}

function tell(text) {
  byId("message").textContent = text;
}

function go(place, focus = true) {
  if (!rows.length) return;
  current = Math.max(0, Math.min(rows.length - 1, place));
  const row = rows[current];
  if (isNumber(row)) row.cell = Math.max(0, (row.said ?? row.chosen ?? row.guess).indexOf(UNKNOWN));
  show();
  if (focus) {
    row.element.focus({ preventScroll: true });
    row.element.scrollIntoView({ block: "center" });
  }
}

function change(row, values) {
  past.push({ place: rows.indexOf(row), chosen: row.chosen, said: row.said, at: row.at });
  Object.assign(row, values);
  unsaved = unsaved || row.said !== null;
  remember();
}

function choose(row, label, several) {
  const before = row.said ?? row.chosen ?? [];
  const toggled = before.includes(label) ? before.filter((one) => one !== label) : [...before, label];
  const wanted = several && label !== null ? toggled : label === null ? [] : [label];
  change(row, { chosen: row.choices.filter((one) => wanted.includes(one)), said: null, at: null });
  tell("");
  if (byId("quick").checked && !several) confirm(row);
  else show();
}

// Space stands for no digit.
function type(row, digit) {
  const digits = [...(row.said ?? row.chosen ?? row.guess)];
  const all = digits.length ? digits : row.guess.map(() => UNKNOWN);
  all[row.cell] = digit;
  change(row, { chosen: all, said: null, at: null });
  const unknown = all.indexOf(UNKNOWN, row.cell);
  row.cell = unknown >= 0 ? unknown : Math.min(row.cell + 1, all.length - 1);
  show();
}

function confirm(row) {
  const answer = row.said ?? row.chosen ?? row.guess;
  if (answer === null) return tell(words().need_choice);
  if (isNumber(row) && !/^[0-9]*$/.test(numberOf(answer))) return tell(words().need_digits);
  if (!row.said) change(row, { said: answer, at: new Date().toISOString() });
  const order = [...rows.keys()].map((step) => (current + 1 + step) % rows.length);
  const next = order.find((place) => !rows[place].said);
  tell(next === undefined ? words().all_done : "");
  go(next ?? Math.min(current + 1, rows.length - 1));
}

function undo() {
  const before = past.pop();
  if (!before) return;
  Object.assign(rows[before.place], { chosen: before.chosen, said: before.said, at: before.at });
  remember();
  go(before.place);
}

function corrections() {
  return {
    format: data.format,
    reviewer: byId("reviewer").value.trim(),
    corrections: rows.filter((row) => row.said).map((row) => ({
      sheet: row.sheet.sheet,
      page: row.sheet.page,
      row: row.row,
      answer: isNumber(row) ? [numberOf(row.said)].filter(Boolean) : row.said,
      reading: row.reading,
      scan_sha256: row.sheet.scan_sha256,
      reviewed_at: row.at,
    })),
  };
}

function finished() {
  if (!rows.some((row) => row.said)) return tell(words().need_some);
  if (byId("reviewer").value.trim()) return JSON.stringify(corrections(), null, 1);
  tell(words().need_name);
  byId("reviewer").focus();
}

function save() {
  const text = finished();
  if (!text) return;
  const name = `review-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, "").replace("T", "-")}.json`;
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  unsaved = false;
  tell(words().saved(name));
}

async function copy() {
  const text = finished();
  if (!text) return;
  try {
    await navigator.clipboard.writeText(text);
    unsaved = false;
    tell(words().copied);
  } catch {
    tell(words().not_copied);
  }
}

// What was confirmed is kept in this browser until the page is made anew for other rows.
function remember() {
  store.set(`academy-review-${data.key}`, JSON.stringify(rows.map(({ chosen, said, at }) => ({ chosen, said, at }))));
}

function recall() {
  const kept = JSON.parse(store.get(`academy-review-${data.key}`) || "[]");
  if (kept.length === rows.length) rows.forEach((row, place) => Object.assign(row, kept[place]));
}

// The letter or digit that a key stands for, also where Shift or a Korean keyboard makes another sign of it.
function keyOf(event) {
  const printed = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code)?.[1];
  const isPlain = event.key.length > 1 ? event.key !== "Process" : /^[a-z0-9 ]$/i.test(event.key);
  return isPlain ? event.key : printed ?? event.key;
}

function chosenBy(row, key) {
  const label = row.choices.find((one) => one.toLowerCase() === key.toLowerCase());
  return label ?? (/^[1-9]$/.test(key) ? row.choices[Number(key) - 1] : undefined);
}

function editNumber(row, key) {
  const digits = row.said ?? row.chosen ?? row.guess;
  if (/^[0-9 ]$/.test(key)) type(row, key);
  else if (key === "ArrowLeft") row.cell = Math.max(0, row.cell - 1);
  else if (key === "ArrowRight") row.cell = Math.min(row.guess.length - 1, row.cell + 1);
  else if (key === "Backspace") erase(row, digits);
  else if (key === "Delete") change(row, { chosen: [], said: null, at: null });
  else return false;
  show();
  return true;
}

function erase(row, digits) {
  if (!digits.length) return;
  const place = digits[row.cell] === UNKNOWN ? Math.max(0, row.cell - 1) : row.cell;
  change(row, { chosen: digits.map((digit, one) => (one === place ? UNKNOWN : digit)), said: null, at: null });
  row.cell = place;
}

function act(row, key, several) {
  if (isNumber(row) && editNumber(row, key)) return true;
  const label = isNumber(row) ? undefined : chosenBy(row, key);
  const letter = key.length === 1 ? key.toLowerCase() : key;
  if (label !== undefined) choose(row, label, several);
  else if (key === "Enter") confirm(row);
  else if (!isNumber(row) && ["0", " "].includes(key)) choose(row, null, false);
  else if (letter in MOVES) { tell(""); go(current + MOVES[letter]); }
  else if (letter === "u") undo();
  else if (letter === "s") save();
  else return false;
  return true;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !rows.length) return;
  if (event.target === byId("reviewer")) {
    if (!event.isComposing && ["Enter", "Escape"].includes(event.key)) go(current);
    return;
  }
  const isControl = event.target.matches("button:not([tabindex]), input, a") && [" ", "Enter", "Tab"].includes(event.key);
  if (!isControl && act(rows[current], keyOf(event), event.shiftKey)) event.preventDefault();
}

byId("save").addEventListener("click", save);
byId("copy").addEventListener("click", copy);
byId("language").addEventListener("click", () => {
  language = language === "ko" ? "en" : "ko";
  store.set("academy-review-language", language);
  tell("");
  show();
});
byId("reviewer").value = store.get("academy-review-reviewer") || "";
byId("reviewer").addEventListener("input", () => store.set("academy-review-reviewer", byId("reviewer").value));
document.addEventListener("keydown", pressed);
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
recall();
build();
show();
go(Math.max(0, rows.findIndex((row) => !row.said)));
