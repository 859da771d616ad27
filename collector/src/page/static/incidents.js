// @ts-check
import { add, createName } from "./dom.js";
import { bandOf, fullName, momentOf, numberOf, withUnit } from "./format.js";
import { createMark } from "./normals.js";

/** As many as the collector keeps. */
const LISTED = 100;
/** Series of an incident that are listed; of more, their number is shown. */
const LISTED_SERIES = 10;

/**
 * Outliers of one series that belong together; value and verdict are those of the outlier furthest
 * from the expected value.
 * @typedef {{
 *   series: string, title: string, unit: "percent" | "none", sinceMs: number, untilMs: number,
 *   outliers: number, isOpen: boolean, value: number, expected: number | null,
 *   lower: number | null, upper: number | null, score: number | null,
 *   direction: "up" | "down", reason: string,
 * }} Event
 */

/**
 * Events of several series that began together.
 * @typedef {{ id: number, sinceMs: number, untilMs: number, isOpen: boolean, events: Event[] }} Incident
 */

/** @param {Event} event */
const expectedOf = (event) =>
  event.expected === null
    ? ""
    : `expected ${numberOf(event, event.expected)} (${bandOf(event, event.lower, event.upper)})`;

/** @param {Incident} incident */
function lengthOf({ events, untilMs, isOpen }) {
  const outliers = events.reduce((sum, event) => sum + event.outliers, 0);
  const series = events.length === 1 ? "" : ` in ${events.length} series`;
  const until = isOpen ? "ongoing" : `until ${momentOf(untilMs, Date.now())}`;
  return `${outliers} ${outliers === 1 ? "outlier" : "outliers"}${series}, ${until}`;
}

/**
 * The line of one event. It is updated in place, so that it keeps the keyboard focus.
 * @param {Element} parent
 */
function createEventLine(parent) {
  const line = add(parent, "li");
  const name = createName(line, "a");
  const link = name.title;
  const value = add(line, "strong");
  const number = add(value, "span");
  const arrow = add(value, "span");
  arrow.ariaHidden = "true";
  const direction = add(value, "span", "unseen");
  const expected = add(line, "span", "why");
  const reason = add(line, "span", "why");
  return {
    /**
     * @param {Event} event
     * @param {string} href
     */
    show(event, href) {
      link.href = href;
      link.dataset.of = event.series;
      name.show(event.title, event.series);
      number.textContent = withUnit(event, event.value);
      arrow.textContent = event.direction === "up" ? " ↑" : " ↓";
      direction.textContent = `, ${event.direction}`;
      const score = event.score === null ? "" : `score ${event.score.toFixed(2)}`;
      expected.textContent = [expectedOf(event), score].filter(Boolean).join(", ");
      reason.textContent = event.reason;
    },
  };
}

/**
 * An item of the list: when it began, how long it lasted, its series, and whether it was normal.
 * @param {(seriesId: string) => string} linkTo
 * @param {(text: string) => void} announce
 */
function createItem(linkTo, announce) {
  const element = document.createElement("li");
  const time = add(element, "time");
  const length = add(element, "span", "length");
  const list = add(element, "ul");
  /** In the order of the incident's events. @type {ReturnType<typeof createEventLine>[]} */
  const lines = [];
  const rest = add(element, "p", "why");
  const mark = createMark(element, announce);
  /** @type {Incident | undefined} */
  let shown;
  return {
    element,
    get sinceMs() {
      return shown?.sinceMs;
    },
    /**
     * @param {readonly import("./normals.js").Normal[]} normals
     * @param {boolean} isReadOnly
     */
    showNormals(normals, isReadOnly) {
      if (shown) mark.show(shown, normals, isReadOnly);
    },
    /** @param {Incident} incident */
    show(incident) {
      shown = incident;
      time.dateTime = new Date(incident.sinceMs).toISOString();
      time.textContent = momentOf(incident.sinceMs, Date.now());
      element.classList.toggle("open", incident.isOpen);
      length.textContent = lengthOf(incident);
      const others = incident.events.length - LISTED_SERIES;
      rest.hidden = others <= 0;
      rest.textContent = `and ${others} more series`;
      for (const [at, event] of incident.events.slice(0, LISTED_SERIES).entries()) {
        lines[at] ??= createEventLine(list);
        lines[at].show(event, linkTo(event.series));
      }
    },
  };
}

/**
 * The list of incidents, newest first. Announces each new one once.
 * @param {{
 *   list: HTMLElement, none: HTMLElement, counts: HTMLElement[],
 *   announce: (text: string) => void, linkTo: (seriesId: string) => string,
 * }} parts
 */
export function createIncidentList({ list, none, counts, announce, linkTo }) {
  /** By id, oldest first. @type {Map<number, ReturnType<typeof createItem>>} */
  const items = new Map();
  /** @type {readonly import("./normals.js").Normal[]} */
  let normals = [];
  let isReadOnly = true;

  /** @param {number} id */
  function addItem(id) {
    const item = createItem(linkTo, announce);
    items.set(id, item);
    list.prepend(item.element);
    const [oldest] = items.keys();
    if (items.size > LISTED && oldest !== undefined) remove(oldest);
    return item;
  }

  /** @param {number} id */
  function remove(id) {
    items.get(id)?.element.remove();
    items.delete(id);
  }

  return {
    /**
     * Shows which incidents were normal.
     * @param {readonly import("./normals.js").Normal[]} now
     * @param {boolean} isReadOnlyNow whether nothing can be marked
     */
    updateNormals(now, isReadOnlyNow) {
      normals = now;
      isReadOnly = isReadOnlyNow;
      for (const item of items.values()) item.showNormals(normals, isReadOnly);
    },
    /**
     * @param {readonly Incident[]} incidents those that are new or have changed, oldest first
     * @param {boolean} isFirst whether these are all incidents so far, none of them new
     */
    update(incidents, isFirst) {
      if (isFirst) {
        // What is still there stays, and so does a form in it that somebody fills in.
        const began = new Map(incidents.map(({ id, sinceMs }) => [id, sinceMs]));
        for (const [id, item] of items) if (item.sinceMs !== began.get(id)) remove(id);
      }
      const fresh = incidents.filter(({ id }) => !items.has(id));
      for (const incident of incidents) {
        const item = items.get(incident.id) ?? addItem(incident.id);
        item.show(incident);
        item.showNormals(normals, isReadOnly);
      }
      const number = items.size;
      list.hidden = number === 0;
      none.hidden = number > 0;
      for (const count of counts) count.textContent = number === 0 ? "" : String(number);
      if (isFirst || fresh.length === 0) return;
      announce(
        fresh
          .flatMap(({ events }) => events.slice(0, 1))
          .map(
            (event) =>
              `New incident: ${fullName(event.title, event.series)} ${withUnit(event, event.value)}, ${expectedOf(event)}.`,
          )
          .join(" "),
      );
    },
  };
}
