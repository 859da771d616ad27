/** A series as PromQL writes it: `up{job="node"}`, or `{job="node"}` without a name. */
export function seriesIdentity(name: string, labels: ReadonlyMap<string, string>): string {
  const pairs = [...labels].map(([label, value]) => `${labelName(label)}=${JSON.stringify(value)}`);
  return pairs.length === 0 && name !== "" ? name : `${name}{${pairs.join(",")}}`;
}

/** Names that are not of the classic form stand in quotes. */
const labelName = (name: string): string =>
  /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name);
