import { dashboard } from "./dashboard.ts";
import { collector } from "./panels/collector.ts";
import { latency, replicas, requests, resources } from "./panels/detector.ts";
import { variables } from "./variables.ts";

/** Is the service itself in order: its replicas, and the collectors that call them? */
export const detectorService = () =>
  dashboard("Detector service", [
    { title: "Replicas", panels: replicas },
    { title: "Requests", panels: requests },
    { title: "Latency", panels: latency },
    { title: "Resources", panels: resources },
    { title: "Collectors", panels: collector },
  ])
    .uid("detector-service")
    .description("The replicas of the detector, and the collectors that call them.")
    .variables(variables())
    .build();
