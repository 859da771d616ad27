import { status as Status } from "@grpc/grpc-js";

/** A code's name as Go's `codes.Code` prints it, such as `InvalidArgument`: dashboards expect it. */
export function grpcCodeName(code: Status): string {
  if (code === Status.OK) return "OK";
  if (code === Status.CANCELLED) return "Canceled";
  const words = (Status[code] ?? "UNKNOWN").toLowerCase().split("_");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
