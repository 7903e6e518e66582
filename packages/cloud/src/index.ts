/** The embedded cloud as a library: assembled in a process of its own by `bin/plinth-cloud.js`. */
export { assembleCloud, type CloudOptions } from "./assemble.ts";
export type { Cloud } from "./cloud.ts";
