// The page loads uPlot by a script of its own, which leaves it in this global.
declare const uPlot: typeof import("uplot");
