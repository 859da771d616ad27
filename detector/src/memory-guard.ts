import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How often memory is looked at. */
const CHECK_MS = 100;
/** From such a part of the limit on garbage is collected, and from such a part nothing large is taken. */
const COLLECT_SHARE = 0.75;
const TIGHT_SHARE = 0.85;
/** Garbage is collected no more often: that takes time, too. */
const COLLECT_EVERY_MS = 1000;

/** Tells when memory runs out, whatever took it. */
export type MemoryGuard = Disposable & { readonly isTight: boolean };

/** V8 puts off its work while the heap has room; that others end at a limit of memory it doesn't know. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return () => {
    if (typeof collect === "function") collect();
  };
}

/**
 * Watches how much of the container's memory is taken.
 * @param onTight is called again and again while there is hardly any left
 */
export function guardMemory(onTight: () => void): MemoryGuard {
  const limitBytes = process.constrainedMemory();
  // Without a limit of its own it is one process among others, whose memory it can't account for.
  if (!(limitBytes > 0 && limitBytes < Number.MAX_SAFE_INTEGER / 1024)) {
    return { isTight: false, [Symbol.dispose]() {} };
  }
  const collect = collector();
  const usedShare = () => 1 - process.availableMemory() / limitBytes;
  let collectedMs = Number.NEGATIVE_INFINITY;
  let isTight = false;
  const timer = setInterval(() => {
    if (usedShare() > COLLECT_SHARE && performance.now() - collectedMs > COLLECT_EVERY_MS) {
      collect();
      collectedMs = performance.now();
    }
    isTight = usedShare() > TIGHT_SHARE;
    if (isTight) onTight();
  }, CHECK_MS).unref();
  return {
    get isTight() {
      return isTight;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
