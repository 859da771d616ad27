// @ts-check
import { createCard } from "./card.js";
import { createIncidentList } from "./incidents.js";
import { createNormalList } from "./normals.js";

/** How long to wait after the collector refused a connection, as it does when there are too many. */
const REFUSED_MS = 5000;
/** A series is stale when its newest sample is this many intervals older than that of others. */
const STALE_SAMPLES = 5;
/** The time axis spans at least this many samples; otherwise the first few would fill it. */
const MIN_SAMPLES = 120;

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no #${id}`);
  return element;
}

/** @type {Map<string, ReturnType<typeof createCard>>} */
const cards = new Map();
/** @param {string} text */
const announce = (text) => {
  byId("announcer").textContent = text;
};
const incidentList = createIncidentList({
  list: byId("incidents-list"),
  none: byId("no-incidents"),
  counts: [byId("incidents-count"), byId("incidents-link-count")],
  announce,
  linkTo: (id) => `#${elementId(id)}`,
});
const normalList = createNormalList({
  place: byId("normals"),
  list: byId("normals-list"),
  count: byId("normals-count"),
  announce,
});
let isDrawing = false;

/**
 * The id of the element that shows a series.
 * @param {string} id
 */
function elementId(id) {
  return `series-${encodeURIComponent(id)}`;
}

/**
 * Shows a state. Text that has not changed stays, so that screen readers don't announce it again.
 * @param {string} id
 * @param {"good" | "waiting" | "bad"} is
 * @param {string} text
 */
function showState(id, is, text) {
  const element = byId(id);
  if (element.textContent === text) return;
  element.dataset.is = is;
  element.textContent = text;
}

/** Draws once per frame, however many events came. */
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const all = [...cards.values()].filter(({ series }) => series.times.length > 0);
    const firsts = all.map(({ series }) => series.times[0] ?? 0);
    const lasts = all.map(({ series }) => series.times.at(-1) ?? 0);
    const max = Math.max(...lasts);
    const lengths = all.map(({ series }) => series.times.length);
    const span = max - Math.min(...firsts);
    const interval = span / Math.max(1, Math.max(...lengths) - 1) || 1000;
    const min = max - Math.max(span, MIN_SAMPLES * interval);
    for (const card of all) card.draw({ min, max }, max - STALE_SAMPLES * interval);
  });
}

/** @param {{ code: string | null, backlog: number, series: import("./format.js").Description[] }} status */
function showStatus({ code, backlog, series }) {
  // There is always one sample per series under way.
  const isBehind = backlog > series.length;
  if (code === null) showState("detector", "waiting", "No verdict yet");
  else if (code !== "OK") showState("detector", "bad", "Detector unavailable");
  else if (isBehind) showState("detector", "waiting", "Detector catching up");
  else showState("detector", "good", "Detector up");
  byId("backlog").textContent = isBehind ? `${backlog} samples waiting` : "";
  const ids = new Set(series.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.remove();
    cards.delete(id);
  }
  if (series.every(({ id }) => cards.has(id))) return;
  for (const description of series) {
    const { id } = description;
    if (!cards.has(id)) cards.set(id, createCard(byId("charts"), description, elementId(id)));
    // In the collector's order.
    byId("charts").append(byId(elementId(id)));
  }
}

function connect() {
  const events = new EventSource("/events");
  let isFirst = true;
  events.addEventListener("open", () => {
    isFirst = true;
    showState("connection", "good", "Live");
  });
  events.addEventListener("error", () => {
    showState("connection", "bad", "Connection lost, retrying");
    showState("detector", "waiting", "Detector unknown");
    // The browser reconnects by itself, unless it was refused.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, REFUSED_MS);
  });
  events.addEventListener("status", ({ data }) => {
    showStatus(JSON.parse(data));
    drawSoon();
  });
  events.addEventListener("series", ({ data }) => {
    const event = JSON.parse(data);
    cards.get(event.id)?.series.apply(event);
    drawSoon();
  });
  events.addEventListener("normals", ({ data }) => {
    const { readOnly, normals } = JSON.parse(data);
    incidentList.updateNormals(normals, readOnly !== null);
    normalList.update(normals, readOnly !== null);
  });
  events.addEventListener("incidents", ({ data }) => {
    incidentList.update(JSON.parse(data), isFirst);
    isFirst = false;
  });
}

byId("host").textContent = location.host;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const card of cards.values()) card.redraw();
});
connect();
