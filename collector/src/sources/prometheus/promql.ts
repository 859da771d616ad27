import { parser } from "@prometheus-io/lezer-promql";

const MAX_SHOWN = 40;

/**
 * The first syntax error of an expression. The grammar is that of Prometheus' own web interface; what
 * the types of arguments are, only the server checks.
 * @see https://github.com/prometheus/prometheus/tree/main/web/ui/module/lezer-promql
 */
export function syntaxErrorOf(expr: string): { offset: number; message: string } | undefined {
  let offset = Number.POSITIVE_INFINITY;
  parser.parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) offset = Math.min(offset, from);
    },
  });
  if (offset > expr.length) return undefined;
  const rest = expr.slice(offset).trimStart();
  const [token = ""] = /^(?:[\w:$]+|"[^"]*"?|'[^']*'?|.?)/su.exec(rest) ?? [];
  if (token === "") return { offset, message: "expected PromQL, and more of it here" };
  const called = token === "(" ? /([a-zA-Z_]\w*)\s*$/.exec(expr.slice(0, offset)) : null;
  if (called?.[1] !== undefined)
    return { offset: called.index, message: `expected PromQL: there is no function ${called[1]}` };
  const shown = token.length > MAX_SHOWN ? `${token.slice(0, MAX_SHOWN)}…` : token;
  return {
    offset: expr.length - rest.length,
    message: `expected PromQL: unexpected ${JSON.stringify(shown)}`,
  };
}
