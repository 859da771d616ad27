import { type Judgement, scoreOf } from "@outliers/detection/method";
import { Trigger } from "@outliers/detection/trigger";
import { Direction, State } from "@outliers/proto";
import type { Window } from "./request.ts";
import type { Series } from "./wire/request.ts";

/** The judgement on a series of a window, and the positions in it of the outliers that count. */
export type Judged = { series: Series; judgement: Judgement; flagged: readonly number[] };

/** An OutliersResponse; all but the indices is there when it was asked for. */
export type Verdicts = { indices: number[] } & Partial<ReturnType<typeof details>>;

const states = {
  warming_up: State.STATE_WARMING_UP,
  constant: State.STATE_CONSTANT,
  ready: State.STATE_READY,
} as const;

/** Judges a window, each series by itself. Pure: any replica gives the same answer. */
export function detect(window: Window): Verdicts {
  const { method, options, trigger } = window.settings;
  const judged = window.series.map((series) => {
    const judgement = method.judge(series.values, options);
    const flagged = new Trigger(trigger).filter(judgement.outliers, series.values.length);
    return { series, judgement, flagged };
  });
  return toResponse(window, judged);
}

/** The response on a window: what was judged of its series, by positions in the request. */
export function toResponse(window: Window, judged: readonly Judged[]): Verdicts {
  const indices: number[] = [];
  for (const { series, flagged } of judged) {
    for (const at of flagged) indices.push(series.positions[at] ?? 0);
  }
  indices.sort((a, b) => a - b);
  return window.settings.includeScores
    ? { indices, ...details(window.points, judged) }
    : { indices };
}

function details(points: number, judged: readonly Judged[]) {
  const filled = (): number[] => Array.from({ length: points }, () => 0);
  const scores = filled();
  const lower = filled();
  const upper = filled();
  const expected = filled();
  for (const { series, judgement, flagged } of judged) {
    for (const [at, position] of series.positions.entries()) {
      scores[position] = scoreOf(judgement.score(at), false);
      lower[position] = judgement.lower(at);
      upper[position] = judgement.upper(at);
      expected[position] = judgement.expected(at);
    }
    for (const at of flagged) scores[series.positions[at] ?? 0] = judgement.score(at);
  }
  return {
    scores,
    lower,
    upper,
    expected,
    explanations: judged.flatMap(explain).sort((a, b) => a.index - b.index),
    series: judged.map(({ series, judgement }) => ({
      name: series.name,
      state: states[judgement.state],
    })),
  };
}

function explain({ series, judgement, flagged }: Judged) {
  return flagged.map((at) => {
    const expected = judgement.expected(at);
    const isUp = (series.values[at] ?? expected) >= expected;
    return {
      index: series.positions[at] ?? 0,
      score: judgement.score(at),
      expected,
      lower: judgement.lower(at),
      upper: judgement.upper(at),
      direction: isUp ? Direction.DIRECTION_UP : Direction.DIRECTION_DOWN,
      reason: judgement.reason(at),
    };
  });
}
