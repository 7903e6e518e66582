/** `plan` of threa, cold, beside `node -e 0`. */
import { join } from "node:path";
import { type Benchmark, ms } from "../figure.ts";
import { besideBareNode, plinth, root } from "../measure.ts";

const plan: Benchmark = async () => {
  const { oursMs, bareMs } = await besideBareNode([plinth, "plan", "--app", join(root, "examples/threa"), "--stage", "prod", "--local"], 9);
  return [
    { name: "plan of threa, cold", ours: ms(oursMs), reference: `${ms(bareMs)} node -e 0`, value: oursMs / bareMs, limit: { atMost: 8 } },
  ];
};
export default plan;
