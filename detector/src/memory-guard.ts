import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** How often memory is looked at. */
const CHECK_MS = 100;
/** From such a part of the limit on garbage is collected, and from such a part nothing large is taken. */
const COLLECT_SHARE = 0.75;
const TIGHT_SHARE = 0.85;
/** Garbage is collected no more often: that takes time, too; and where there was little, rarely. */
const COLLECT_EVERY_MS = 1000;
const COLLECT_IN_VAIN_EVERY_MS = 10_000;
const LITTLE_SHARE = 0.02;

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
  let collectAtMs = 0;
  let isTight = false;
  const timer = setInterval(() => {
    const used = usedShare();
    if (used > COLLECT_SHARE && performance.now() > collectAtMs) {
      collect();
      const isInVain = used - usedShare() < LITTLE_SHARE && used < TIGHT_SHARE;
      collectAtMs = performance.now() + (isInVain ? COLLECT_IN_VAIN_EVERY_MS : COLLECT_EVERY_MS);
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
