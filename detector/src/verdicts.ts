import type { EventPhase as Phase } from "@outliers/detection/event";
import { type Judgement, scoreOf } from "@outliers/detection/method";
import { type Checkpoint, Direction, EventPhase, State } from "@outliers/proto";
import type { Window, WindowSeries } from "./window.ts";

/** What was judged of one series of a window. */
export type Judged = {
  series: WindowSeries;
  judgement: Judgement;
  /** Positions in the series of the outliers that count, and where each is in its event. */
  outliers: readonly number[];
  phases: readonly Phase[];
  isEventOpen: boolean;
};

/** An OutliersResponse; all but the indices is there when it was asked for. */
export type Verdicts = { indices: number[]; checkpoints?: Checkpoint[] } & Partial<
  ReturnType<typeof details>
>;

const states = {
  warming_up: State.STATE_WARMING_UP,
  constant: State.STATE_CONSTANT,
  ready: State.STATE_READY,
} as const;

const phases = {
  begins: EventPhase.EVENT_PHASE_BEGINS,
  continues: EventPhase.EVENT_PHASE_CONTINUES,
} as const;

/** The response on a window: what was judged of its series, by positions in the request. */
export function toResponse(window: Window, judged: readonly Judged[]): Verdicts {
  const indices: number[] = [];
  for (const { series, outliers } of judged) {
    for (const at of outliers) indices.push(series.positions[at] ?? 0);
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
  for (const { series, judgement, outliers } of judged) {
    for (const [at, position] of series.positions.entries()) {
      scores[position] = scoreOf(judgement.score(at), false);
      lower[position] = judgement.lower(at);
      upper[position] = judgement.upper(at);
      expected[position] = judgement.expected(at);
    }
    for (const at of outliers) scores[series.positions[at] ?? 0] = judgement.score(at);
  }
  return {
    scores,
    lower,
    upper,
    expected,
    explanations: judged.flatMap(explain).sort((a, b) => a.index - b.index),
    series: judged.map(({ series, judgement, isEventOpen }) => ({
      name: series.name,
      state: states[judgement.state],
      eventOpen: isEventOpen,
    })),
  };
}

function explain({ series, judgement, outliers, phases: phasesOf }: Judged) {
  return outliers.map((at, nth) => {
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
      event: phases[phasesOf[nth] ?? "begins"],
    };
  });
}
