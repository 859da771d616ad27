import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";

const MIB = 1024 * 1024;

/** What the state of a series takes: 32 KiB after weeks, and a margin for its name, trigger and events. */
const SERIES_BYTES = 44 * 1024;
/** What of it is in V8's heap; typed arrays, which are most of it, are not. */
const HEAP_SERIES_BYTES = 20 * 1024;
/** What the process takes when it is busy but holds nothing. */
const BASE_BYTES = 72 * MIB;
/** What a connection takes, with a stream on it. */
const CONNECTION_BYTES = 32 * 1024;
/** The heap of the thread for long requests may grow by so much of the memory. */
const LONG_WORK_SHARE = 0.2;
const MAX_LONG_WORK_MIB = 256;
const REQUESTS_SHARE = 0.1;
const MAX_REQUEST_BYTES = 256 * MIB;
const MIN_SERIES = 100;
/** More than any replica has the processor time for. */
const MAX_SERIES = 1_000_000;

/** What a replica admits, by the memory that it has. */
export type Capacity = { series: number; requestBytes: number; longWorkMib: number };

/** The memory that this process may take: the container's limit, or the machine's own. */
export function availableBytes(): number {
  // 0 or a huge number where there is no limit.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(limit, totalmem());
}

/** What V8 gives to the heap, where the state of series is. */
export const heapBytes = (): number => getHeapStatistics().heap_size_limit;

/**
 * Divides the memory among what takes it.
 * @param messageBytes how large one message may be: there is room for a few at least
 * @param connections how many there may be
 */
export function capacityOf(
  memoryBytes: number,
  heapLimitBytes: number,
  { messageBytes, connections }: { messageBytes: number; connections: number },
): Capacity {
  const requestBytes = Math.max(
    4 * messageBytes,
    Math.min(MAX_REQUEST_BYTES, memoryBytes * REQUESTS_SHARE),
  );
  const longWorkMib = Math.min(MAX_LONG_WORK_MIB, (memoryBytes * LONG_WORK_SHARE) / MIB);
  const rest =
    memoryBytes - BASE_BYTES - requestBytes - longWorkMib * MIB - connections * CONNECTION_BYTES;
  // Beside live objects a heap holds those that are garbage by now.
  const inHeap = heapLimitBytes * 0.7 - BASE_BYTES;
  const series = Math.floor(Math.min(rest / SERIES_BYTES, inHeap / HEAP_SERIES_BYTES));
  return {
    series: Math.min(MAX_SERIES, Math.max(MIN_SERIES, series)),
    requestBytes: Math.floor(requestBytes),
    longWorkMib: Math.floor(longWorkMib),
  };
}
