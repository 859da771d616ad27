import { dashboard } from "./dashboard.ts";
import { latency, replicas, requests, resources, tiles } from "./panels/detector.ts";
import { variables } from "./variables.ts";

/** Is the service itself healthy? */
export const detectorService = () =>
  dashboard("Detector service", [
    { title: "Now", panels: tiles },
    { title: "Requests", panels: requests },
    { title: "Latency", panels: latency },
    { title: "Resources", panels: resources },
    { title: "Replicas", panels: replicas },
  ])
    .uid("detector-service")
    .description("The replicas of the detector: do they answer, how fast, and what is left?")
    .variables(variables("detector", "Replicas of the detector."))
    .build();
