// @ts-check
import { createCard } from "./card.js";
import { choiceOf, searchOf } from "./filter.js";
import { createIncidentList } from "./incidents.js";
import { createSeriesList } from "./list.js";
import { createNormalList } from "./normals.js";

/** How long to wait after the collector refused a connection, as it does when there are too many. */
const REFUSED_MS = 5000;
/** Charts of chosen series: more of them are hard to look at. */
const MAX_CHOSEN = 12;
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
/** @type {readonly import("./format.js").Description[]} */
let descriptions = [];
let choice = choiceOf(location.search);
let warmUpSamples = 0;
let isDrawing = false;
/** @type {EventSource | undefined} */
let events;
const seriesList = createSeriesList(
  byId("list"),
  (text) => choose({ ...choice, text }),
  (chosen) => choose({ ...choice, chosen }),
  MAX_CHOSEN,
);

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

/**
 * Which charts have the same time axis: those of the host, and those of queries with the same
 * interval. Samples of ten minutes would be a line in ten hours.
 * @param {ReturnType<typeof createCard>} card
 */
const timesOf = ({ description: { labels, intervalMs } }) =>
  labels.query === undefined ? "host" : intervalMs;

/** Draws once per frame, however many events came. */
function drawSoon() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const all = [...cards.values()].filter(({ series }) => series.times.length > 0);
    for (const together of Map.groupBy(all, timesOf).values()) {
      const firsts = together.map(({ series }) => series.times[0] ?? 0);
      const lasts = together.map(({ series }) => series.times.at(-1) ?? 0);
      const max = Math.max(...lasts);
      const span = max - Math.min(...firsts);
      const intervals = together.map(({ description }) => description.intervalMs);
      const min = max - Math.max(span, MIN_SAMPLES * Math.max(...intervals));
      for (const card of together) card.draw({ min, max }, warmUpSamples);
    }
    const isWarmingUp = all.some(({ series }) => series.state === "warming_up");
    byId("warming-up").hidden = !isWarmingUp;
    byId("warm-up-samples").textContent = String(warmUpSamples);
  });
}

/**
 * Keeps what somebody chose in the URL. Other series need another connection.
 * @param {import("./filter.js").Choice} next
 */
function choose(next) {
  const isOther = next.chosen.join("\n") !== choice.chosen.join("\n");
  choice = next;
  history.replaceState(null, "", `${location.pathname}${searchOf(choice)}${location.hash}`);
  seriesList.setChoice(choice.text, choice.chosen);
  if (!isOther) return;
  updateCards();
  connect();
}

/** @param {{ code: string | null, backlog: number, warmUpSamples: number }} status */
function showStatus({ code, backlog, ...status }) {
  // There is always one sample per series under way.
  const isBehind = backlog > Math.max(1, descriptions.length);
  if (code === null) showState("detector", "waiting", "No verdict yet");
  else if (code !== "OK") showState("detector", "bad", "Detector unavailable");
  else if (isBehind) showState("detector", "waiting", "Detector catching up");
  else showState("detector", "good", "Detector up");
  byId("backlog").textContent = isBehind ? `${backlog} samples waiting` : "";
  warmUpSamples = status.warmUpSamples;
}

/**
 * Adds and removes cards, and puts them in the collector's order: what is listed has its own place,
 * if somebody has chosen it.
 */
function updateCards() {
  const drawn = descriptions.filter(({ id, isListed }) => !isListed || choice.chosen.includes(id));
  const ids = new Set(drawn.map(({ id }) => id));
  for (const [id, card] of cards) {
    if (ids.has(id)) continue;
    card.remove();
    cards.delete(id);
  }
  arrangeCards(
    byId("charts"),
    drawn.filter(({ isListed }) => !isListed),
  );
  arrangeCards(
    byId("chosen"),
    drawn.filter(({ isListed }) => isListed),
  );
}

/**
 * Moves only the cards that are not where they belong, so that the others keep the focus.
 * @param {HTMLElement} place
 * @param {readonly import("./format.js").Description[]} drawn
 */
function arrangeCards(place, drawn) {
  let next = place.firstElementChild;
  for (const description of drawn) {
    const { id } = description;
    const card = cards.get(id) ?? createCard(place, description, elementId(id), announce);
    cards.set(id, card);
    if (card.element === next) next = next.nextElementSibling;
    else place.insertBefore(card.element, next);
  }
}

function connect() {
  events?.close();
  const asked = choice.chosen.map((id) => `series=${encodeURIComponent(id)}`).join("&");
  const source = new EventSource(asked === "" ? "/events" : `/events?${asked}`);
  events = source;
  let isFirst = true;
  source.addEventListener("open", () => {
    isFirst = true;
    showState("connection", "good", "Live");
    document.body.classList.remove("lost");
  });
  source.addEventListener("error", () => {
    showState("connection", "bad", "Connection lost, retrying");
    showState("detector", "waiting", "Detector unknown");
    document.body.classList.add("lost");
    // The browser reconnects by itself, unless it was refused.
    if (source.readyState === EventSource.CLOSED)
      setTimeout(() => {
        if (events === source) connect();
      }, REFUSED_MS);
  });
  source.addEventListener("status", ({ data }) => {
    showStatus(JSON.parse(data));
    drawSoon();
  });
  source.addEventListener("descriptions", ({ data }) => {
    descriptions = JSON.parse(data);
    const listed = descriptions.filter(({ isListed }) => isListed);
    byId("listed").hidden = listed.length === 0;
    byId("listed-link").hidden = listed.length === 0;
    for (const id of ["listed-count", "listed-link-count"])
      byId(id).textContent = listed.length.toLocaleString("en");
    updateCards();
    seriesList.setDescriptions(listed);
  });
  source.addEventListener("rows", ({ data }) => seriesList.update(JSON.parse(data)));
  source.addEventListener("series", ({ data }) => {
    const event = JSON.parse(data);
    cards.get(event.id)?.series.apply(event);
    drawSoon();
  });
  source.addEventListener("normals", ({ data }) => {
    const { readOnly, normals } = JSON.parse(data);
    incidentList.updateNormals(normals, readOnly !== null);
    normalList.update(normals, readOnly !== null);
  });
  source.addEventListener("incidents", ({ data }) => {
    incidentList.update(JSON.parse(data), isFirst);
    isFirst = false;
  });
}

byId("incidents-list").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-of]") : null;
  const id = link instanceof HTMLElement ? link.dataset.of : undefined;
  if (id === undefined || cards.has(id)) return;
  event.preventDefault();
  choose({ ...choice, chosen: [...choice.chosen, id].slice(-MAX_CHOSEN) });
  document.getElementById(elementId(id))?.scrollIntoView();
});
seriesList.setChoice(choice.text, choice.chosen);
byId("host").textContent = location.host;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const card of cards.values()) card.redraw();
});
connect();
