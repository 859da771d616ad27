import * as l from "./lib.mjs"; console.log(l.cgroup(process.argv[2]), l.stateOf(process.argv[2]));
