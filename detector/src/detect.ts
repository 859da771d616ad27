import { Events } from "@outliers/detection/event";
import { DEFAULT_INTERVAL_MS, judgeWindow } from "@outliers/detection/methods";
import { Trigger } from "@outliers/detection/trigger";
import { type Judged, toResponse, type Verdicts } from "./verdicts.ts";
import type { Window } from "./window.ts";

/** Judges a window, each series by itself. Pure: any replica gives the same answer. */
export function detect(window: Window): Verdicts {
  const { method, options, trigger } = window.settings;
  const judged = window.series.map((series): Judged => {
    const { length } = series.values;
    const judgement = judgeWindow(method, series.values, options);
    const outliers = new Trigger(trigger).filter(judgement.outliers, length);
    const events = new Events();
    const intervalMs = options.sampleIntervalMs || DEFAULT_INTERVAL_MS;
    const phases = events.push(outliers, length, intervalMs);
    return { series, judgement, outliers, phases, isEventOpen: events.isUnderWay(intervalMs) };
  });
  return toResponse(window, judged);
}
