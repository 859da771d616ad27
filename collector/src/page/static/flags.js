// @ts-check
import { bandOf, momentOf, numberOf, titleOf, withUnit } from "./format.js";

/** As many as the collector remembers. */
const LISTED = 100;

/**
 * Flags of a series that follow each other; the value and what is said of it are of the one that
 * was furthest from what was expected.
 * @typedef {{
 *   id: number, series: string, sinceMs: number, untilMs: number, flags: number, value: number,
 *   expected: number | null, lower: number | null, upper: number | null, score: number,
 *   direction: "up" | "down", reason: string,
 * }} Alarm
 */

/** @param {Alarm} alarm */
const expectedOf = ({ series, expected, lower, upper }) =>
  `expected ${numberOf(series, expected)} (${bandOf(series, lower, upper)})`;

/** @param {Alarm} alarm */
const lengthOf = ({ flags, untilMs }) =>
  flags === 1 ? "" : `${flags} samples, until ${momentOf(untilMs, Date.now())}`;

/** An item of the list. While its alarm goes on it stays the same: the keyboard may rest on it. */
function createItem() {
  const element = document.createElement("li");
  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {string} [className]
   * @param {HTMLElement} [parent]
   */
  function part(tag, className = "", parent = element) {
    const made = document.createElement(tag);
    made.className = className;
    parent.append(made);
    return made;
  }
  const time = part("time");
  const link = part("a");
  const value = part("strong");
  const number = part("span", "", value);
  const arrow = part("span", "", value);
  arrow.ariaHidden = "true";
  const direction = part("span", "unseen", value);
  const expected = part("span", "why");
  const reason = part("span", "why");
  const length = part("span", "why");
  return {
    element,
    /** @param {Alarm} alarm */
    show(alarm) {
      time.dateTime = new Date(alarm.sinceMs).toISOString();
      time.textContent = momentOf(alarm.sinceMs, Date.now());
      link.href = `#series-${encodeURIComponent(alarm.series)}`;
      link.textContent = titleOf(alarm.series);
      number.textContent = withUnit(alarm.series, alarm.value);
      arrow.textContent = alarm.direction === "up" ? " ↑" : " ↓";
      direction.textContent = `, ${alarm.direction}`;
      expected.textContent = `${expectedOf(alarm)}, score ${alarm.score.toFixed(2)}`;
      reason.textContent = alarm.reason;
      length.textContent = lengthOf(alarm);
    },
  };
}

/**
 * The list of flags, newest first, and the voice that announces new ones. Those that follow each
 * other are one item, and are announced once.
 * @param {{ list: HTMLElement, none: HTMLElement, counts: HTMLElement[], announcer: HTMLElement }} parts
 */
export function createFlagList({ list, none, counts, announcer }) {
  /** By the id of their alarm, oldest first. @type {Map<number, ReturnType<typeof createItem>>} */
  const items = new Map();

  /** @param {number} id */
  function add(id) {
    const item = createItem();
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
     * @param {readonly Alarm[]} alarms those that are new or go on, oldest first
     * @param {boolean} isHistory whether they are all that there are, none of them new
     */
    update(alarms, isHistory) {
      if (isHistory) for (const id of items.keys()) remove(id);
      const fresh = alarms.filter(({ id }) => !items.has(id));
      for (const alarm of alarms) (items.get(alarm.id) ?? add(alarm.id)).show(alarm);
      const number = items.size;
      list.hidden = number === 0;
      none.hidden = number > 0;
      for (const count of counts) count.textContent = number === 0 ? "" : String(number);
      if (isHistory || fresh.length === 0) return;
      announcer.textContent = fresh
        .map(
          (alarm) =>
            `${titleOf(alarm.series)} flagged: ${withUnit(alarm.series, alarm.value)}, ${expectedOf(alarm)}.`,
        )
        .join(" ");
    },
  };
}
