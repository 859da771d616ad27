import { range, stateTimeline, timeseries } from "../panel.ts";
import { rate, selectSeries } from "../promql.ts";

const states = [
  { name: "warming_up", color: "blue" },
  { name: "constant", color: "text" },
  { name: "ready", color: "green" },
];

/** The state as one number, from 1 on: exactly one of the state's series is 1. */
const stateNumber = states
  .map(({ name }, index) => `${index + 1} * ${selectSeries("outliers_state", `state="${name}"`)}`)
  .join(" + ignoring (state) ");

const stateNames = Object.fromEntries(
  states.map(({ name, color }, index) => [String(index + 1), { text: name, color, index }]),
);

/** What "no flag" is worth: when could there have been one? */
export const trust = () => [
  stateTimeline(
    {
      title: "State of each series",
      description:
        "warming_up: too few samples to judge by. constant: all values are equal, and the first other one will be an outlier. ready: judged.",
      unit: "none",
    },
    stateNames,
  )
    .span(12)
    .withTarget(range("A", stateNumber, "{{instance}} {{series}}")),
  timeseries({
    title: "Time without verdicts",
    description:
      "Share of the time in which a verdict was due and did not come: warm-up, detector away, collector overloaded. 100 %: nothing was judged.",
    unit: "percentunit",
  })
    .height(9)
    .withTarget(
      range("A", rate(selectSeries("outliers_blind_seconds_total")), "{{instance}} {{series}}"),
    ),
];
