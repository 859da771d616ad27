type Bucket = { upTo: number; count: number };

/** The p99 of the collector's requests between two scrapes, as Prometheus estimates it. */
export function detectP99Ms(before: string, after: string): number | undefined {
  const earlier = detectBuckets(before);
  const buckets = detectBuckets(after).map(({ upTo, count }, index) => ({
    upTo,
    count: count - (earlier[index]?.count ?? 0),
  }));
  return buckets.length === 0 ? undefined : 1000 * quantile(0.99, buckets);
}

function detectBuckets(metrics: string): Bucket[] {
  const sample = /^collector_detect_duration_seconds_bucket{le="(.+)"} (\d+)$/gm;
  return [...metrics.matchAll(sample)].map(([, le, count]) => ({
    upTo: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le),
    count: Number(count),
  }));
}

/** Evenly spread within a bucket, as histogram_quantile has it. */
function quantile(share: number, buckets: readonly Bucket[]): number {
  const rank = share * (buckets.at(-1)?.count ?? 0);
  let below: Bucket = { upTo: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.upTo === Number.POSITIVE_INFINITY) return below.upTo;
      const inBucket = (rank - below.count) / (bucket.count - below.count);
      return below.upTo + inBucket * (bucket.upTo - below.upTo);
    }
    below = bucket;
  }
  return Number.NaN;
}
