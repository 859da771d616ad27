// @ts-check
import { add } from "./dom.js";
import { momentOf } from "./format.js";

/** @typedef {import("./incidents.js").Incident} Incident */

/**
 * A period that somebody has marked as normal, as `/normals` lists it.
 * @typedef {{
 *   id: string, series: string[] | null, from: string, to: string, note: string, by: string,
 *   origin: "marked" | "file", problem: string | null,
 *   parts: { series: string, state: "pending" | "learnt" | "refused", reason?: string }[],
 * }} Normal
 */

/** Where the browser keeps who marks, so that it need not be typed each time. */
const BY = "outliers-by";

/** @returns {string} */
function storedBy() {
  try {
    return localStorage.getItem(BY) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} by */
function storeBy(by) {
  try {
    localStorage.setItem(BY, by);
  } catch {
    // It has to be typed again.
  }
}

/**
 * Asks the collector for a change.
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<{ error?: string, keptFrom?: string }>}
 */
async function ask(path, init) {
  try {
    const response = await fetch(path, init);
    if (response.ok) return {};
    return await response.json();
  } catch (error) {
    return { error: `the collector does not answer: ${String(error)}` };
  }
}

/**
 * @param {Normal} normal
 * @param {Incident} incident
 */
function covers({ from, to, parts }, { sinceMs, untilMs, events }) {
  return (
    Date.parse(from) <= sinceMs &&
    Date.parse(to) >= untilMs &&
    events.every(({ series }) => parts.some((part) => part.series === series))
  );
}

/** What has become of a period. @param {Normal} normal */
function progressOf({ problem, parts }) {
  if (problem !== null) return `not learnt: ${problem}`;
  const refused = parts.find(({ state }) => state === "refused");
  if (refused) return `the detector refused it: ${refused.reason}`;
  return parts.every(({ state }) => state === "learnt") ? "" : "the detector has yet to learn it";
}

/** @param {Normal} normal */
const whoSaysSo = ({ by, note }) => `Marked as normal by ${by}${note === "" ? "" : `: ${note}`}`;

/**
 * A button that takes a period back, and says so if that fails.
 * @param {Element} parent
 * @param {(text: string) => void} announce
 */
function createTakeBack(parent, announce) {
  const button = add(parent, "button", "quiet");
  button.type = "button";
  button.textContent = "Take back";
  const fault = add(parent, "span", "fault");
  fault.role = "alert";
  let id = "";
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { error } = await ask(`/normals/${id}`, { method: "DELETE" });
    button.disabled = false;
    fault.textContent = error ?? "";
    if (error === undefined) announce("It no longer counts as normal.");
  });
  return {
    /**
     * @param {Normal} normal
     * @param {boolean} isReadOnly
     */
    show(normal, isReadOnly) {
      id = normal.id;
      button.hidden = isReadOnly || normal.origin === "file";
    },
  };
}

/**
 * The part of an incident where it is marked as normal: a button that opens a form, or who has
 * marked it.
 * @param {Element} parent
 * @param {(text: string) => void} announce
 */
export function createMark(parent, announce) {
  /** @type {Incident | undefined} */
  let incident;
  /** Where the period begins, when not with the incident. @type {string | undefined} */
  let keptFrom;
  const place = add(parent, "div", "mark");
  const open = add(place, "button", "quiet");
  open.type = "button";
  open.textContent = "This was normal";
  open.ariaExpanded = "false";
  const form = add(place, "form");
  form.hidden = true;
  const note = addField(form, "Note", 500);
  const by = addField(form, "Your name", 100);
  by.required = true;
  by.autocomplete = "name";
  const buttons = add(form, "div", "buttons");
  const submit = add(buttons, "button");
  const cancel = add(buttons, "button", "quiet");
  cancel.type = "button";
  cancel.textContent = "Cancel";
  const fault = add(form, "p", "fault");
  fault.role = "alert";
  const marked = add(place, "p", "marked");
  const text = add(marked, "span");
  const takeBack = createTakeBack(marked, announce);

  /** @param {boolean} isOpen */
  function setOpen(isOpen) {
    form.hidden = !isOpen;
    open.ariaExpanded = String(isOpen);
    fault.textContent = "";
    keptFrom = undefined;
    submit.textContent = "Mark as normal";
    if (isOpen) {
      by.value = storedBy();
      note.focus();
    } else open.focus();
  }

  async function send() {
    if (!incident) return;
    storeBy(by.value);
    submit.disabled = true;
    const from = keptFrom ?? new Date(incident.sinceMs).toISOString();
    const series = [...new Set(incident.events.map((event) => event.series))];
    // Without an end it is now, by the collector's clock.
    const to = incident.isOpen ? {} : { to: new Date(incident.untilMs).toISOString() };
    const answer = await ask("/normals", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ from, ...to, series, note: note.value, by: by.value }),
    });
    submit.disabled = false;
    if (answer.error === undefined) {
      setOpen(false);
      announce("Marked as normal.");
      return;
    }
    fault.textContent = answer.error;
    keptFrom = answer.keptFrom;
    if (keptFrom !== undefined)
      submit.textContent = `Mark from ${momentOf(Date.parse(keptFrom), Date.now())} on`;
  }

  open.addEventListener("click", () => setOpen(form.hidden !== false));
  cancel.addEventListener("click", () => setOpen(false));
  form.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") setOpen(false);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send();
  });

  return {
    /**
     * @param {Incident} shown
     * @param {readonly Normal[]} normals
     * @param {boolean} isReadOnly
     */
    show(shown, normals, isReadOnly) {
      incident = shown;
      const normal = normals.find((one) => covers(one, shown));
      const hadFocus = place.contains(document.activeElement);
      open.hidden = isReadOnly || normal !== undefined;
      if (normal) form.hidden = true;
      marked.hidden = normal === undefined;
      if (normal) {
        text.textContent = [whoSaysSo(normal), progressOf(normal)].filter(Boolean).join("; ");
        takeBack.show(normal, isReadOnly);
      }
      // What had it may be hidden now.
      if (hadFocus && document.activeElement === document.body)
        (normal ? marked.querySelector("button") : open)?.focus();
    },
  };
}

/**
 * @param {Element} form
 * @param {string} name
 * @param {number} maxLength
 */
function addField(form, name, maxLength) {
  const label = add(form, "label");
  label.append(name);
  const input = add(label, "input");
  input.maxLength = maxLength;
  return input;
}

/**
 * The list of all that is marked as normal, also by the command line and by NORMALS_FILE.
 * @param {{ place: HTMLElement, list: HTMLElement, count: HTMLElement, announce: (text: string) => void }} parts
 */
export function createNormalList({ place, list, count, announce }) {
  /** @type {Map<string, ReturnType<typeof createNormalItem>>} */
  const items = new Map();
  return {
    /**
     * @param {readonly Normal[]} normals
     * @param {boolean} isReadOnly
     */
    update(normals, isReadOnly) {
      place.hidden = normals.length === 0;
      count.textContent = String(normals.length);
      const ids = new Set(normals.map(({ id }) => id));
      for (const [id, item] of items) {
        if (ids.has(id)) continue;
        item.element.remove();
        items.delete(id);
      }
      for (const normal of normals) {
        const item = items.get(normal.id) ?? createNormalItem(announce);
        if (!items.has(normal.id)) list.prepend(item.element);
        items.set(normal.id, item);
        item.show(normal, isReadOnly);
      }
    },
  };
}

/** @param {(text: string) => void} announce */
function createNormalItem(announce) {
  const element = document.createElement("li");
  const time = add(element, "time");
  const series = add(element, "span", "of");
  const text = add(element, "span", "why");
  const actions = add(element, "div", "mark");
  const takeBack = createTakeBack(actions, announce);
  return {
    element,
    /**
     * @param {Normal} normal
     * @param {boolean} isReadOnly
     */
    show(normal, isReadOnly) {
      const now = Date.now();
      time.dateTime = normal.from;
      time.textContent = `${momentOf(Date.parse(normal.from), now)} to ${momentOf(Date.parse(normal.to), now)}`;
      series.textContent = normal.series?.join(", ") ?? "all series";
      const origin = normal.origin === "file" ? "listed in NORMALS_FILE" : "";
      text.textContent = [whoSaysSo(normal), origin, progressOf(normal)].filter(Boolean).join("; ");
      takeBack.show(normal, isReadOnly);
    },
  };
}
