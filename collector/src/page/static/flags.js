// @ts-check
import { bandOf, momentOf, numberOf, titleOf, withUnit } from "./format.js";

/** As many as the collector remembers. */
const LISTED = 100;
/** Flags that follow each other within this time are one event: it is announced once. */
const EVENT_MS = 30_000;

/**
 * @typedef {{
 *   series: string, time: number, value: number, expected: number | null, lower: number | null,
 *   upper: number | null, score: number, direction: "up" | "down", reason: string,
 * }} Flag
 */

/** @param {Flag} flag */
const expectedOf = ({ series, expected, lower, upper }) =>
  `expected ${numberOf(series, expected)} (${bandOf(series, lower, upper)})`;

/** @param {Flag} flag */
function item(flag) {
  /**
   * @param {keyof HTMLElementTagNameMap} tag
   * @param {string} className
   * @param {string} text
   */
  function part(tag, className, text) {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  }
  const time = document.createElement("time");
  time.dateTime = new Date(flag.time).toISOString();
  time.textContent = momentOf(flag.time, Date.now());
  const link = document.createElement("a");
  link.href = `#series-${encodeURIComponent(flag.series)}`;
  link.textContent = titleOf(flag.series);
  const value = part("strong", "", withUnit(flag.series, flag.value));
  const arrow = part("span", "", flag.direction === "up" ? " ↑" : " ↓");
  arrow.ariaHidden = "true";
  value.append(arrow, part("span", "unseen", `, ${flag.direction}`));
  const li = document.createElement("li");
  li.append(
    time,
    link,
    value,
    part("span", "why", `${expectedOf(flag)}, score ${flag.score.toFixed(2)}`),
    part("span", "why", flag.reason),
  );
  return li;
}

/**
 * The list of flags, newest first, and the voice that announces new ones.
 * @param {{ list: HTMLElement, none: HTMLElement, counts: HTMLElement[], announcer: HTMLElement }} parts
 */
export function createFlagList({ list, none, counts, announcer }) {
  /** @type {Map<string, number>} */
  const lastTimes = new Map();

  /** @param {readonly Flag[]} flags */
  function begun(flags) {
    return flags.filter(({ series, time }) => {
      const last = lastTimes.get(series) ?? Number.NEGATIVE_INFINITY;
      lastTimes.set(series, time);
      return time - last > EVENT_MS;
    });
  }

  return {
    /**
     * @param {readonly Flag[]} flags oldest first
     * @param {boolean} isHistory whether they are all that there are, none of them new
     */
    add(flags, isHistory) {
      if (isHistory) list.replaceChildren();
      list.prepend(...flags.map(item).reverse());
      while (list.children.length > LISTED) list.lastElementChild?.remove();
      const number = list.children.length;
      list.hidden = number === 0;
      none.hidden = number > 0;
      for (const count of counts) count.textContent = number === 0 ? "" : String(number);
      const fresh = begun(flags);
      if (isHistory || fresh.length === 0) return;
      announcer.textContent = fresh
        .map(
          (flag) =>
            `${titleOf(flag.series)} flagged: ${withUnit(flag.series, flag.value)}, ${expectedOf(flag)}.`,
        )
        .join(" ");
    },
  };
}
